import { expect } from 'chai';
import { appsConfig, toApp } from '../../server/apps/app-config.ts';

const pair = { key: 'k', secret: 's' };

function problems(apps: unknown): string[] {
  const result = appsConfig.safeParse(apps);
  return (result.error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
}

describe('appsConfig', () => {
  it('takes one key and its secret, or several keys', () => {
    expect(appsConfig.parse([{ id: '1', ...pair }])[0]?.keys).to.deep.equal([{ ...pair, active: true }]);
    expect(
      appsConfig.parse([{ id: '1', keys: [pair, { key: 'old', secret: 's', active: false }] }])[0]?.keys,
    ).to.have.length(2);
  });

  it('takes origins as browsers send them, and patterns of such', () => {
    const origins = [
      '*',
      'null',
      'file://',
      'capacitor://localhost',
      'http://localhost:*',
      'https://*.example.com:8443',
    ];
    expect(problems([{ id: '1', ...pair, origins }])).to.deep.equal([]);
  });

  const refused: [what: string, apps: unknown, problem: RegExp][] = [
    ['no key', [{ id: '1' }], /^0: expected either key and secret, or keys/],
    ['a key without a secret', [{ id: '1', key: 'k' }], /^0: expected either/],
    ['both forms', [{ id: '1', ...pair, keys: [pair] }], /^0: expected either/],
    ['half of one form beside the other', [{ id: '1', key: 'x', keys: [pair] }], /^0: expected either/],
    [
      'an id twice',
      [
        { id: '1', ...pair },
        { id: '1', key: 'l', secret: 's' },
      ],
      /^1\.id: expected a unique id/,
    ],
    ['the id of the built-in app', [{ id: 'relay', ...pair }], /^0\.id: expected a unique id/],
    [
      'a key twice',
      [
        { id: '1', ...pair },
        { id: '2', ...pair },
      ],
      /^1: expected keys/,
    ],
    ['a key twice in one app', [{ id: '1', keys: [pair, pair] }], /^0: expected keys/],
    ['a slash in a key', [{ id: '1', key: 'a/b', secret: 's' }], /^0\.key: expected 1 to 128/],
    [
      'a key that ends at no time',
      [{ id: '1', keys: [{ ...pair, until: 'soon' }] }],
      /^0\.keys\.0\.until: expected a time/,
    ],
    ...(
      ['example.com', '*.example.com', 'https://example.com/', 'https://example.com/app', 'https://*.*'] as const
    ).map((origin): [string, unknown, RegExp] => [
      `the origin "${origin}", which no browser sends`,
      [{ id: '1', ...pair, origins: [origin] }],
      /^0\.origins\.0: expected an origin such as "https:\/\/example\.com"/,
    ]),
    ['an endless limit', [{ id: '1', ...pair, limits: { batch: 0 } }], /^0\.limits\.batch: /],
    [
      'a hook without http',
      [{ id: '1', ...pair, webhooks: [{ url: 'file:///x', events: [] }] }],
      /^0\.webhooks\.0\.url: expected an http/,
    ],
    [
      'a hook for what never happens',
      [{ id: '1', ...pair, webhooks: [{ url: 'http://h/', events: ['channel_occupy'] }] }],
      /^0\.webhooks\.0\.events\.0: .*expected one of "channel_occupied"/,
    ],
    ...(['X Own', 'x-own:', '', 'Content-Length', 'transfer-encoding', 'host'] as const).map(
      (name): [string, unknown, RegExp] => [
        `a hook with the header "${name}"`,
        [{ id: '1', ...pair, webhooks: [{ url: 'http://h/', events: [], headers: { [name]: '1' } }] }],
        /^0\.webhooks\.0\.headers: expected names of headers/,
      ],
    ),
    [
      'a hook with a header of two lines',
      [{ id: '1', ...pair, webhooks: [{ url: 'http://h/', events: [], headers: { 'x-own': 'a\nb' } }] }],
      /^0\.webhooks\.0\.headers\.x-own: expected text that a header can hold/,
    ],
  ];
  for (const [what, apps, problem] of refused) {
    it(`refuses ${what}`, () => {
      const found = problems(apps);
      expect(found).to.have.length(1);
      expect(found[0]).to.match(problem);
    });
  }
});

describe('toApp', () => {
  it("knows webman's event by both of its names", () => {
    const webhooks = [{ url: 'http://h/', events: ['server-event', 'server_event'] }];
    const [config] = appsConfig.parse([{ id: '1', ...pair, webhooks }]);
    if (config === undefined) throw new Error('nothing came out');
    const { hooks } = toApp(config, { activityTimeout: 1_500, pongTimeout: 500 }, 0);
    expect(hooks[0]?.events).to.deep.equal(['server_event', 'server_event']);
  });

  it('makes an app of the channel core with its bounds and hooks', () => {
    const webhooks = [{ url: 'http://h/', events: ['channel_occupied'], batch: false }];
    const [config] = appsConfig.parse([{ id: '1', ...pair, clientEvents: true, limits: { batch: 3 }, webhooks }]);
    if (config === undefined) throw new Error('nothing came out');
    const app = toApp(config, { activityTimeout: 1_500, pongTimeout: 500 }, 0);
    expect(app).to.include({ id: '1', enabled: true, clientEvents: true, forceTLS: false });
    expect(app.keys).to.deep.equal([{ ...pair, active: true }]);
    expect(app.limits).to.include({
      batch: 3,
      eventBytes: 10_240,
      connections: null,
      activityTimeoutSec: 1.5,
      pongTimeoutSec: 0.5,
    });
    expect(app.hooks).to.deep.equal(webhooks);
  });

  it('knows the end of keys, and leaves out those that have ended', () => {
    const keys = [
      { ...pair, key: 'past', until: '2026-01-01T00:00:00Z' },
      { ...pair, key: 'soon', until: '2026-01-01T01:00:00.001+01:00' },
      pair,
    ];
    const [config] = appsConfig.parse([{ id: '1', keys }]);
    if (config === undefined) throw new Error('nothing came out');
    const now = Date.UTC(2026, 0, 1);
    expect(toApp(config, { activityTimeout: 1_500, pongTimeout: 500 }, now).keys).to.deep.equal([
      { ...pair, key: 'soon', active: true, until: now + 1 },
      { ...pair, active: true },
    ]);
  });
});
