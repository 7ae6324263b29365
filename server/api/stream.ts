// GET /v1/stream: reads targets live without being a device, or as one with `ack`. POST /v1/messages/:mid/ack acknowledges.
import { z } from 'zod';
import type { AcknowledgedUpTo } from '../../shared/api.ts';
import type { Principal } from '../access/principal.ts';
import { RelayError } from '../base/errors.ts';
import { checkName, checkNewName, deviceName } from '../delivery/device.ts';
import { readCaller } from '../dialects/kit/caller.ts';
import { Follower } from '../dialects/kit/follower.ts';
import { type Answer, type HttpRequest, json } from '../dialects/kit/http-message.ts';
import type { LiveStream } from '../dialects/kit/live-stream.ts';
import { findSince, midOfId } from '../dialects/kit/since.ts';
import { readTargets } from '../dialects/kit/target-history.ts';
import type { LiveEvent } from '../messages/live-events.ts';
import { API } from './access.ts';
import { route } from './json-routes.ts';
import type { ApiConfig, ApiPorts } from './ports.ts';
import type { ApiRoute } from './route-spec.ts';
import { acknowledgedUpTo } from './schemas/messages.ts';
import { createDeviceStreams } from './stream-device.ts';
import { deliveryData, eventData, formatFor, messageData, type StreamFormat } from './stream-format.ts';

const MAX_TARGETS = 100;

/** Events that only the listeners of other dialects know. */
const OF_OTHERS: ReadonlySet<LiveEvent['kind']> = new Set(['read', 'poll']);

/** Something to do when a stream ends. */
type Ending = () => void;

/** Who reads, and in which form. */
interface Reader {
  readonly caller: Principal;
  readonly format: StreamFormat;
}

const message = z.looseObject({
  event: z.string(),
  id: z.string().optional(),
  target: z.string().optional(),
  mid: z.string().optional(),
});
const STREAM = {
  summary: 'Reads messages live: those of targets, or as a device. "Accept: application/x-ndjson" asks for lines.',
  callers: 'token, device, key with receive; also as the parameter "token"',
  query: {
    target: z.string().describe('Devices and groups, separated by commas.'),
    ack: z.string().describe('The device as which it is read; its reader acknowledges.'),
    since: z.string().describe('Where it begins: an id, a mid, a time, a duration, or "all".'),
  },
  answers: {},
  events: {
    open: message,
    message,
    keepalive: message,
    alert: message,
    clear: message,
    delete: message,
    answer: message,
  },
  errors: ['not_found', 'conflict'],
} as const;
const ACKNOWLEDGE = {
  summary: 'Acknowledges everything up to a message, for a stream with "ack".',
  callers: 'token, device',
  query: { device: z.string().describe("With the relay's token: for which device.") },
  answers: { 200: acknowledgedUpTo },
};

/** Creates the routes for streams. */
export function streamRoutes(ports: ApiPorts, { streams: { keepalive, maxBuffered } }: ApiConfig): ApiRoute[] {
  const { access, foreignPages, devices, log, messageIds, listeners, watchCaller, streams, streamPlaces, clock } =
    ports;
  const deviceStreams = createDeviceStreams(ports);

  /** The caller. A browser's EventSource can set no header, so the query may have the credential. */
  async function callerOf(request: HttpRequest): Promise<Principal> {
    const caller = await readCaller(request, access, { dialect: API });
    const foreign = caller.kind === 'stranger' ? foreignPages.refusalOf(request.headers) : undefined;
    if (foreign !== undefined) throw foreign;
    return caller;
  }

  function requireReceive(caller: Principal, target: string): void {
    if (caller.may('receive', target)) return;
    if (caller.kind === 'stranger') throw new RelayError('unauthorized', 'expected a token that may receive');
    throw new RelayError('forbidden', `this token may not receive what is sent to ${target}`);
  }

  /** An answer that goes on until the stream ends. `begin` gets the stream once its head was sent. */
  function answerWith(
    request: HttpRequest,
    { caller, format }: Reader,
    begin: (stream: LiveStream) => void | Promise<void>,
    ended: Ending,
  ): Answer {
    const free = streamPlaces.take(request.ip);
    let unwatch = () => {};
    return streams.live({
      contentType: format.contentType,
      keepalive,
      sign: () => format.write('keepalive', JSON.stringify({ event: 'keepalive', time: clock.now() })),
      async run(stream) {
        unwatch = watchCaller(caller, () => stream.cut());
        await begin(stream);
      },
      ended() {
        unwatch();
        free();
        ended();
      },
    });
  }

  async function readLive(request: HttpRequest, reader: Reader): Promise<Answer> {
    const { caller, format } = reader;
    const targets = readTargetNames(request.parameter('target'), ports);
    for (const target of targets) requireReceive(caller, target);
    const asked = request.header('last-event-id') || (request.parameter('since') ?? 'none');
    const since = await findSince(asked, { log, messageIds, now: clock.now });
    let stream: LiveStream | undefined;
    const follower = new Follower({
      since: since.mid,
      from: since.from,
      clock,
      maxWaiting: maxBuffered,
      read: (mid, bounds) => readTargets({ log, idOf: messageIds.idOf }, targets, mid, bounds),
      sink: {
        get isOpen() {
          return stream?.isOpen === true;
        },
        message(message) {
          // Those who listen now were told when it happened.
          if (message.notice !== undefined) return;
          stream?.write(format.write('message', messageData(message), message.id));
        },
        event(event) {
          if (!OF_OTHERS.has(event.kind)) stream?.write(format.write(event.kind, eventData(event)));
        },
        drained: () => stream?.drained(),
        failed(error) {
          ports.logger.error({ err: error }, 'stream fault');
          stream?.cut();
        },
      },
    });
    const leave = await listeners.add(targets, follower);
    try {
      await caller.proof?.();
      const id = messageIds.idOf(since.mid);
      const data = JSON.stringify({ event: 'open', id, time: clock.now(), targets });
      const begin = (live: LiveStream) => {
        stream = live;
        // With the place of the stream as its id: a reader that comes back before the first message misses none.
        live.write(format.write('open', data, id));
        follower.start();
      };
      return answerWith(request, reader, begin, leave);
    } catch (error) {
      leave();
      throw error;
    }
  }

  async function readAsDevice(request: HttpRequest, { caller, format }: Reader, asked: string): Promise<Answer> {
    for (const other of ['target', 'since']) {
      if (request.parameter(other) !== undefined) {
        throw new RelayError('invalid', `expected ack or ${other}, not both: a device gets what waits for it`);
      }
    }
    const name = deviceName(checkName(asked), devices);
    requireReceive(caller, name);
    const known = devices.get(name);
    if (known === undefined) checkNewName(name);
    if ('webhook' in (known?.routes ?? {})) throw new RelayError('forbidden', `${name} is a webhook`);
    const { proven: secured, proof } = caller;
    const groups = known?.groups ?? [];
    await devices.register({ name, groups, transport: 'websocket', address: {}, secured }, proof);
    const last = await midOfId(request.header('last-event-id'), ports);
    if (last !== undefined) await deviceStreams.acknowledge(name, last);
    const data = JSON.stringify({ event: 'open', time: clock.now(), device: name });
    let leave: Ending | undefined;
    const begin = async (stream: LiveStream) => {
      stream.write(format.write('open', data));
      leave = await deviceStreams.open({
        name,
        stream,
        send(text, mid) {
          const id = messageIds.idOf(mid);
          stream.write(format.write('message', deliveryData(text, id), id));
        },
      });
    };
    return answerWith(request, { caller, format }, begin, () => leave?.());
  }

  return [
    {
      method: 'GET',
      pattern: '/v1/stream',
      limit: 0,
      spec: STREAM,
      fast: true,
      async answer(request) {
        const reader = { caller: await callerOf(request), format: formatFor(request.header('accept')) };
        const device = request.parameter('ack');
        return device === undefined ? readLive(request, reader) : readAsDevice(request, reader, device);
      },
    },
    route('POST', '/v1/messages/:mid/ack', ACKNOWLEDGE, async (request, [shown = '']) => {
      const caller = await callerOf(request);
      const asked = request.parameter('device') ?? (caller.kind === 'device' ? caller.name : '');
      const name = deviceName(checkName(asked), devices);
      requireReceive(caller, name);
      if (devices.get(name) === undefined) throw new RelayError('not_found', `no device is called ${name}`);
      const mid = (await midOfId(shown, ports)) ?? shown;
      if (!/^\d{1,16}$/.test(mid)) throw new RelayError('invalid', 'expected the id of a message in the path');
      const acknowledged = await deviceStreams.acknowledge(name, mid);
      return json({ mid, device: name, acknowledged } satisfies AcknowledgedUpTo);
    }),
  ];
}

/** The targets of a stream, each once. @throws RelayError `invalid` */
function readTargetNames(text: string | undefined, { devices }: Pick<ApiPorts, 'devices'>): readonly string[] {
  const names = (text ?? '').split(',').filter((name) => name !== '');
  if (names.length === 0) {
    throw new RelayError('invalid', 'expected target, one or several names separated by commas, or ack with a device');
  }
  if (names.length > MAX_TARGETS) throw new RelayError('invalid', `expected at most ${MAX_TARGETS} targets`);
  return [...new Set(names.map((name) => deviceName(checkName(name), devices)))];
}
