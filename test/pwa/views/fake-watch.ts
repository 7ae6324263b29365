// What goes on at a relay that is none: messages, routes, apps, nodes and lines of the log. For tests and screenshots.
import type {
  ActivityMessage,
  ActivityRecipient,
  AppChannels,
  AppEvent,
  AppInfo,
  DeliveryStep,
  LogLineInfo,
  NodeInfo,
  NodeList,
  RouteHealth,
} from '../../../shared/api.ts';

const HOUR = 3_600_000;
const REASON = 'HTTP 503 Service Unavailable: the deploy is under way, try again in a minute';

export function sampleActivity(now: number): readonly ActivityMessage[] {
  const message = (ago: number, title: string, part: Partial<ActivityMessage>): ActivityMessage => {
    const createdAt = now - ago;
    return {
      mid: String(createdAt),
      id: 'abcdefghijkl',
      sendType: 'personal',
      target: 'pixel',
      from: 'nas',
      createdAt,
      expiresAt: createdAt + 168 * HOUR,
      title,
      recipients: [],
      total: part.recipients?.length ?? 0,
      ...part,
    };
  };
  const to = (
    device: string,
    status: string,
    ago: number,
    ...steps: (Omit<DeliveryStep, 'at'> & { readonly after: number })[]
  ): ActivityRecipient => ({
    device,
    status,
    steps: steps.map(({ after, ...step }) => ({ at: now - ago + after, ...step })),
  });
  const sent = { after: 2, status: 'wait', transport: 'websocket' } as const;
  return [
    message(40_000, 'Disk almost full on nas-01', {
      from: 'monitoring',
      sendType: 'group',
      target: 'ops',
      recipients: [
        to(
          'deploy-hook',
          'wait',
          40_000,
          { after: 130, transport: 'webhook', failure: 'retry', reason: REASON },
          { after: 3400, transport: 'webhook', failure: 'retry', reason: REASON },
        ),
        to('ipad', 'webpush-ok', 40_000, { after: 210, status: 'webpush-ok', transport: 'webpush' }),
        to(
          'pixel',
          'ok',
          40_000,
          sent,
          { after: 2400, status: 'webpush-ok-comfirm', transport: 'webpush' },
          { after: 34_000, status: 'ok', transport: 'websocket' },
        ),
        to('thinkpad', 'ok', 40_000, sent, { after: 41, status: 'ok', transport: 'websocket' }),
      ],
    }),
    message(5 * 60_000, 'Snapshot of /volume1/photos finished in 12 minutes, 4.1 GB, and nothing was left out', {
      recipients: [to('pixel', 'ok', 5 * 60_000, sent, { after: 41, status: 'ok', transport: 'websocket' })],
    }),
    message(30 * 60_000, 'herald #4711 is live', {
      from: 'GitHub Actions',
      target: 'deploy-hook',
      recipients: [
        to(
          'deploy-hook',
          'failed',
          30 * 60_000,
          { after: 130, transport: 'webhook', failure: 'retry', reason: 'connect ECONNREFUSED 192.0.2.9:443' },
          { after: 25 * 60_000, status: 'failed' },
        ),
      ],
    }),
    message(3 * HOUR, 'Backup done', {
      from: '',
      recipients: [
        {
          ...to('pixel', 'ready', 3 * HOUR, { after: 3, status: 'ready', held: true, transport: 'webpush' }),
          held: true,
        },
      ],
    }),
    message(30 * HOUR, 'Movie night', {
      from: 'thinkpad',
      sendType: 'group',
      target: 'everybody',
      recipients: [to('d1', 'ok', 30 * HOUR), to('d2', 'ok', 30 * HOUR)],
      total: 140,
    }),
  ];
}

export function sampleRoutes(now: number): readonly RouteHealth[] {
  const failed = (ago: number) => ({ at: now - ago, kind: 'retry', reason: REASON, mid: '1' }) as const;
  return [
    {
      name: 'deploy-hook',
      transport: 'webhook',
      origin: 'https://hooks.example.org',
      failing: true,
      queued: 2,
      answers: [failed(36_000), failed(39_000), { at: now - 5 * HOUR, kind: 'taken', mid: '2' }],
    },
    { name: 'archive', transport: 'webhook', origin: 'http://192.0.2.7:8080', failing: false, queued: 0, answers: [] },
    {
      name: '1234',
      transport: 'app',
      origin: 'https://chat.example.org',
      failing: false,
      queued: 0,
      answers: [{ at: now - 90_000, kind: 'taken' }],
    },
    {
      name: 'ipad',
      transport: 'webpush',
      failing: true,
      queued: 3,
      answers: [{ at: now - 2 * HOUR, kind: 'gone', reason: 'HTTP 410 Gone: unsubscribed' }],
    },
  ];
}

export function sampleLines(now: number): readonly LogLineInfo[] {
  const line = (number: number, ago: number, part: Partial<LogLineInfo>): LogLineInfo => ({
    at: now - ago,
    node: 'n1',
    number,
    level: 'warn',
    text: 'a message for an unknown name',
    facts: { device: 'phnoe' },
    ...part,
  });
  return [
    line(1, 9 * HOUR, { text: 'devices may not be reached: the clock was set back', facts: { by: 3600 } }),
    line(2, 5 * HOUR, {
      level: 'error',
      text: 'request fault',
      facts: { err: 'database or disk is full', path: '/v1/devices/:name', id: 'k7q2mf9x3b5c' },
    }),
    line(1, 3 * HOUR, { node: 'n2', text: 'wrong credentials', facts: { address: '203.0.113.77', dialect: 'ntfy' } }),
    line(3, 40_000, {
      text: 'a message is not taken; it is tried again',
      facts: { device: 'deploy-hook', transport: 'webhook', mid: '1', reason: REASON, queued: 2 },
    }),
    line(4, 20_000, {}),
  ];
}

export function sampleNodes(now: number): NodeList {
  const node = (name: string, part: Partial<NodeInfo>): NodeInfo => ({
    id: 'n1',
    name,
    self: false,
    version: '1.0.0',
    started: now - 50 * HOUR,
    seen: now - 500,
    address: '192.0.2.10:9093',
    sockets: 42,
    shards: 32,
    queued: 5,
    lag: 1,
    draining: false,
    config: 'abc',
    ...part,
  });
  return {
    nodes: [
      node('rack-1', { self: true }),
      node('rack-2-of-the-other-data-centre', { id: 'n2', address: '[2001:db8::7]:9093', lag: 340, sockets: 1 }),
      node('rack-3', { id: 'n3', config: 'other', shards: 0, queued: 0 }),
    ],
    redis: {
      mode: 'sentinel',
      version: '7.4.1',
      durability: 'disk',
      promise: 'nothing that was acknowledged is lost if one machine fails',
      nodes: 3,
    },
  };
}

export function sampleApps(): readonly AppInfo[] {
  const app = (id: string, part: Partial<AppInfo> = {}): AppInfo => ({
    id,
    enabled: true,
    keys: [{ key: 'k', active: true }],
    registered: false,
    ...part,
  });
  return [app('1234'), app('chat-of-the-company', { registered: true, enabled: false }), app('relay')];
}

export const CHANNELS: AppChannels = {
  channels: [
    { name: 'orders', subscriptions: 12 },
    { name: 'presence-room-with-a-very-long-name-that-does-not-fit-on-a-phone', subscriptions: 7, users: 4 },
    { name: 'private-user-7', subscriptions: 1 },
  ],
  total: 230,
  connections: 41,
};

export function sampleEvents(now: number): readonly AppEvent[] {
  return [
    { at: now - 3000, channel: 'orders', name: 'created', data: '{"id":4711,"total":"12.40"}' },
    { at: now - 1000, channel: 'presence-room', name: 'client-typing', data: '{}' },
  ];
}
