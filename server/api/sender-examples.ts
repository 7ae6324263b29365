// What each kind of sender sends, so that an owner can try a new key: requests as the programs make them. After a problem comes
// its end, so that no alert stays open.
import { createHmac } from 'node:crypto';
import type { KeyAddress } from '../../shared/api.ts';
import { SENDER_TOOLS } from '../../shared/sender-tools.ts';

/** What the requests are made from. */
export interface ExampleContext {
  readonly key: string;
  /** The device or group that the key sends to. */
  readonly target: string;
  /** The addresses of the key, by their kind. */
  readonly addresses: ReadonlyMap<KeyAddress['kind'], string>;
  /** The secret of the key for signatures. */
  readonly secret: string | undefined;
}

/** One request. */
export interface Example {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

type Headers = Readonly<Record<string, string>>;
type Make = (context: ExampleContext, url: string) => readonly Example[];

const TITLE = 'Herald test';
const TEXT = 'This is how a message of this sender arrives.';
const JSON_TYPE = { 'content-type': 'application/json' };

const asJson = (url: string, body: unknown, headers: Headers = {}): Example => ({
  method: 'POST',
  url,
  headers: { ...JSON_TYPE, ...headers },
  body: JSON.stringify(body),
});
const asForm = (url: string, fields: Headers, headers: Headers = {}): Example => ({
  method: 'POST',
  url,
  headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
  body: new URLSearchParams(fields).toString(),
});
const asText = (url: string, body: string, headers: Headers): Example => ({
  method: 'POST',
  url,
  headers: { 'content-type': 'text/plain', ...headers },
  body,
});
const asGet = (url: string): Example => ({ method: 'GET', url, headers: {} });

const bearer = (credential: string) => ({ authorization: `Bearer ${credential}` });
const withoutToken = (url: string) => url.replace(/\?token=.*$/s, '');
const rootOf = (url: string, { target }: ExampleContext) => url.slice(0, -target.length);

/** A webhook, signed as its program signs it. */
function hook(body: unknown, headers: Headers = {}, prove: (secret: string, body: string) => Headers = bearer): Make {
  return ({ secret }, url) => {
    const proof = secret === undefined ? {} : prove(secret, JSON.stringify(body));
    return [asJson(url, body, { ...headers, ...proof })];
  };
}

function both(...made: readonly Make[]): Make {
  return (context, url) => made.flatMap((make) => make(context, url));
}

const hmac = (secret: string, body: string) => createHmac('sha256', secret).update(body).digest('hex');

const alerts = (status: string, more: object, alert: object) => ({
  receiver: 'herald',
  status,
  alerts: [
    {
      status,
      labels: { alertname: 'HeraldTest', instance: 'nas:9100', severity: 'warning' },
      annotations: { summary: TITLE, description: TEXT },
      startsAt: new Date(0).toISOString(),
      endsAt: '0001-01-01T00:00:00Z',
      generatorURL: '',
      fingerprint: '2e6feafa75c7eef9',
      ...alert,
    },
  ],
  groupLabels: { alertname: 'HeraldTest' },
  commonLabels: { alertname: 'HeraldTest', severity: 'warning' },
  commonAnnotations: { summary: TITLE },
  externalURL: '',
  groupKey: '{}:{alertname="HeraldTest"}',
  ...more,
});

const kuma = (status: 0 | 1, msg: string) => ({
  heartbeat: { monitorID: 0, status, msg, time: '2030-01-01 00:00:00.000', important: true, duration: 60 },
  monitor: { id: 0, name: TITLE, type: 'http', url: 'https://', tags: [] },
  msg: `[${TITLE}] ${msg}`,
});

const check = (status: 'down' | 'up') => ({
  check: {
    name: TITLE,
    slug: 'herald-test',
    tags: '',
    desc: TEXT,
    n_pings: 1,
    status,
    ping_url: 'https://hc.example/ping/herald-test',
    unique_key: 'herald-test',
  },
  status,
  exit: status === 'down' ? '1' : '0',
});

const proxmox = (severity: 'error' | 'info') => ({
  as: 'proxmox',
  title: severity === 'error' ? `${TITLE}: backup failed` : `${TITLE}: backup finished`,
  message: TEXT,
  severity,
  timestamp: 1893456000,
  fields: { type: 'vzdump', hostname: 'pve', 'job-id': 'herald-test' },
});

const sentry = (action: 'created' | 'resolved') => ({
  action,
  data: { issue: { id: 'herald-test', title: TITLE, culprit: TEXT, level: 'error', project: { slug: 'herald' } } },
});

const REPOSITORY = { full_name: 'acme/site', html_url: 'https://git.example/acme/site' };
const COMMIT = { id: 'bcbb5ec3', message: `${TITLE}\n`, author: { name: 'Ada' }, url: 'https://git.example/acme/site' };

/** What the programs of one kind of address send. */
const BY_KIND: Readonly<Record<KeyAddress['kind'], Make>> = {
  curl: ({ key, addresses }) => [
    asForm(withoutToken(addresses.get('webhook') ?? ''), { text: TITLE, desp: TEXT, wait: '0' }, bearer(key)),
  ],
  webhook: ({ key }, url) => [asJson(withoutToken(url), { text: TITLE, desp: TEXT, wait: 0 }, bearer(key))],
  hook: hook({ title: TITLE, message: TEXT }),
  ntfy: ({ key }, url) => [asText(url, TEXT, { title: TITLE, tags: 'test_tube', ...bearer(key) })],
  bark: (_context, url) => [asGet(`${url}/${encodeURIComponent(TITLE)}/${encodeURIComponent(TEXT)}`)],
  gotify: (_context, url) => [asJson(url, { title: TITLE, message: TEXT, priority: 5 })],
  pushdeer: (_context, url) => [asGet(`${url}&${new URLSearchParams({ text: TITLE, desp: TEXT })}`)],
  pushover: ({ key }, url) => [asForm(url, { token: key, user: 'herald', title: TITLE, message: TEXT })],
  serverchan: (_context, url) => [asForm(url, { title: TITLE, desp: TEXT })],
  apprise: (_context, url) => [asJson(url, { title: TITLE, body: TEXT, type: 'info' })],
  pushme: (_context, url) => [asForm(url, { title: TITLE, content: TEXT })],
  pushplus: (_context, url) => [asForm(url, { title: TITLE, content: TEXT })],
  slack: ({ secret }, url) => [
    asJson(url, { text: TEXT, username: TITLE, attachments: [] }, secret === undefined ? {} : bearer(secret)),
  ],
  discord: ({ secret }, url) => [
    asJson(url, { content: TEXT, username: TITLE }, secret === undefined ? {} : bearer(secret)),
  ],
};

/** Programs that send in a form of their own. */
const BY_TOOL: Readonly<Record<string, Make>> = {
  arr: (context, url) => {
    const query = new URLSearchParams({ title: TITLE, message: TEXT, priority: '3' });
    return [{ method: 'POST', url: `${url}?${query}`, headers: bearer(context.key) }];
  },
  'kuma-ntfy': (context, url) => [
    asJson(
      rootOf(url, context),
      { topic: context.target, title: TITLE, message: TEXT, priority: 4, tags: ['test_tube'] },
      bearer(context.key),
    ),
  ],
  'kuma-bark': (_context, url) => [asJson(url, { title: TITLE, body: TEXT, group: 'UptimeKuma' })],
  alertmanager: both(
    hook(alerts('firing', { version: '4', truncatedAlerts: 0 }, {})),
    hook(alerts('resolved', { version: '4', truncatedAlerts: 0 }, {})),
  ),
  grafana: both(
    ...(['firing', 'resolved'] as const).map((status) =>
      hook(
        alerts(
          status,
          { version: '1', orgId: 1, title: TITLE, state: status === 'firing' ? 'alerting' : 'ok', message: '' },
          { silenceURL: '', dashboardURL: '', panelURL: '', values: { A: 95 }, valueString: '' },
        ),
        {},
        (secret, body) => ({ 'x-grafana-alerting-signature': hmac(secret, body) }),
      ),
    ),
  ),
  kuma: both(hook(kuma(0, 'connection refused')), hook(kuma(1, '200 - OK'))),
  healthchecks: both(hook(check('down')), hook(check('up'))),
  'arr-webhook': hook({ eventType: 'Test', instanceName: 'Radarr', applicationUrl: '', movie: { title: TITLE } }),
  'proxmox-webhook': both(hook(proxmox('error')), hook(proxmox('info'))),
  sentry: both(
    ...(['created', 'resolved'] as const).map((action) =>
      hook(sentry(action), { 'sentry-hook-resource': 'issue' }, (secret, body) => ({
        'sentry-hook-signature': hmac(secret, body),
      })),
    ),
  ),
  'github-webhook': hook({ zen: TEXT, repository: REPOSITORY }, { 'x-github-event': 'ping' }, (secret, body) => ({
    'x-hub-signature-256': `sha256=${hmac(secret, body)}`,
  })),
  gitea: hook(
    { ref: 'refs/heads/main', before: '1', after: '2', commits: [COMMIT], total_commits: 1, repository: REPOSITORY },
    { 'x-gitea-event': 'push', 'x-github-event': 'push' },
    (secret, body) => ({ 'x-gitea-signature': hmac(secret, body) }),
  ),
  gitlab: hook(
    {
      object_kind: 'push',
      ref: 'refs/heads/main',
      before: '1',
      after: '2',
      user_name: 'Ada',
      total_commits_count: 1,
      commits: [COMMIT],
      project: { path_with_namespace: 'acme/site', web_url: 'https://git.example/acme/site' },
    },
    { 'x-gitlab-event': 'Push Hook' },
    (secret) => ({ 'x-gitlab-token': secret }),
  ),
  address: (_context, url) => [asGet(`${url}&${new URLSearchParams({ text: TITLE, desp: TEXT, wait: '0' })}`)],
};

/** The requests of a sender, in their order. Undefined for a sender that is not known, or that the key has no address for. */
export function examplesOf(tool: string, context: ExampleContext): readonly Example[] | undefined {
  const needs = SENDER_TOOLS.find(({ id }) => id === tool)?.needs;
  const url = needs === undefined ? undefined : context.addresses.get(needs);
  if (needs === undefined || url === undefined) return undefined;
  const make = Object.hasOwn(BY_TOOL, tool) ? BY_TOOL[tool] : BY_KIND[needs];
  return make?.(context, url);
}
