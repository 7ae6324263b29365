import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { loadConfig } from '../../server/config/load.ts';
import { adaptMpush } from '../../server/config/mpush.ts';

const fixtures = join(dirname(fileURLToPath(import.meta.url)), 'fixtures');

describe('loadConfig, given a file of mpush', () => {
  let cwd: string;
  before(() => {
    cwd = mkdtempSync(join(tmpdir(), 'herald-mpush-'));
  });
  after(() => rmSync(cwd, { recursive: true }));

  it('loads that of 2.1', () => {
    const { config, warnings } = loadConfig({ file: join(fixtures, 'mpush-2.1.json'), env: {}, cwd });
    expect(config.token).to.equal('correct horse battery staple');
    expect(config.http).to.include({ port: 9093, verifyToken: true, waitTimeout: 5000, cors: true });
    expect(config.websocket).to.include({ port: 9094, authTimeout: 30_000, retryTimeout: 3000, waitTimeout: 5000 });
    expect(config.webhook.proxy).to.equal('http://user:p%40ss%2Fword@127.0.0.1:1080');
    expect(config.webhook.clients).to.deep.equal([
      { name: 'wh1', group: ['web'], url: 'http://127.0.0.1:8090/mpush', method: 'GET' },
      { name: 'wh2', group: [], url: 'https://localhost/hook', method: 'POST' },
    ]);
    expect(config.webpush).to.include({ serverKey: 'any text', retryTimeout: 10_000 });
    expect(warnings).to.deep.equal([
      'webpush.comfirmMode: ignored; the relay always accepts push confirmations.',
      'webhook.clients[1].method: taken as "POST"; expected "GET" or "POST".',
    ]);
  });

  it('loads that of 2.2', () => {
    const { config, warnings } = loadConfig({ file: join(fixtures, 'mpush-2.2.json'), env: {}, cwd });
    expect(config.websocket.port).to.equal(config.http.port);
    expect(config.webhook.proxy).to.equal('http://127.0.0.1:1080');
    expect(config.webhook.clients[0]?.proxy).to.equal(undefined);
    expect(config.webpush).to.include({ apiKey: 'any text' });
    expect(config.fcm).to.include({ projectId: 'project', applicationId: '1:2:android:3', apiKey: 'client-key' });
    expect(warnings).to.deep.equal([
      'fcm.serverKey: ignored; the legacy FCM API is shut down, use fcm.serviceAccount.',
    ]);
  });
});

describe('adaptMpush', () => {
  const cases: [what: string, given: unknown, result: unknown, warnings: RegExp[]][] = [
    [
      'leaves a good config as it is',
      { http: { port: 0, waitTimeout: 500 } },
      { http: { port: 0, waitTimeout: 500 } },
      [],
    ],
    [
      'raises numbers to their floors',
      {
        http: { waitTimeout: 1 },
        websocket: { authTimeout: 0, retryTimeout: 99, waitTimeout: -5 },
        webhook: { retryTimeout: 0.5 },
        webpush: { retryTimeout: 4999 },
        fcm: { retryTimeout: 4999 },
      },
      {
        http: { waitTimeout: 500 },
        websocket: { authTimeout: 100, retryTimeout: 100, waitTimeout: 500 },
        webhook: { retryTimeout: 100 },
        webpush: { retryTimeout: 5000 },
        fcm: { retryTimeout: 5000 },
      },
      [
        /^http\.waitTimeout: raised to 500,/,
        /^websocket\.authTimeout: raised to 100,/,
        /^websocket\.retryTimeout: raised to 100,/,
        /^websocket\.waitTimeout: raised to 500,/,
        /^webhook\.retryTimeout: raised to 100,/,
        /^webpush\.retryTimeout: raised to 5000,/,
        /^fcm\.retryTimeout: raised to 5000,/,
      ],
    ],
    ['does not raise what is no duration', { http: { port: -1 } }, { http: { port: -1 } }, []],
    ['takes null for absent', { token: null, http: { port: null, cors: true } }, { http: { cors: true } }, []],
    [
      'keeps the null that a limit may be',
      { apps: [{ limits: { connections: null } }] },
      { apps: [{ limits: { connections: null } }] },
      [],
    ],
    ['keeps an unknown null, to be refused', { http: { prot: null } }, { http: { prot: null } }, []],
    [
      'reads the fcm section of 2.1.0 as webpush',
      { fcm: { serverKey: 'k', proxy: '', retryTimeout: 5000, comfirmMode: false } },
      { webpush: { serverKey: 'k', proxy: '', retryTimeout: 5000 } },
      [/^fcm: read as webpush/, /^webpush\.comfirmMode: ignored/],
    ],
    [
      'leaves an fcm section with a service account where it is',
      { fcm: { serverKey: 'k', serviceAccount: 'key.json' } },
      { fcm: { serviceAccount: 'key.json' } },
      [/^fcm\.serverKey: ignored; the legacy FCM API is shut down/],
    ],
    [
      'drops an empty retired key in silence',
      { fcm: { projectId: '', serverKey: '' } },
      { fcm: { projectId: '' } },
      [],
    ],
    [
      'tells of a method that is neither GET nor POST',
      { webhook: { clients: [{ method: 'PUT' }, { method: 'GET' }, { method: 5 }, 'x'] } },
      { webhook: { clients: [{ method: 'POST' }, { method: 'GET' }, { method: 5 }, 'x'] } },
      [/^webhook\.clients\[0\]\.method: taken as "POST"/],
    ],
    ['leaves an array alone', [1], [1], []],
    ['leaves null alone', null, null, []],
    [
      'leaves sections that are none alone',
      { webhook: 'x', fcm: [], webpush: 1 },
      { webhook: 'x', fcm: [], webpush: 1 },
      [],
    ],
  ];
  for (const [what, given, result, expected] of cases) {
    it(what, () => {
      const warnings: string[] = [];
      expect(adaptMpush(given, (text) => warnings.push(text))).to.deep.equal(result);
      expect(warnings).to.have.length(expected.length);
      for (const [index, pattern] of expected.entries()) expect(warnings[index]).to.match(pattern);
    });
  }

  it('keeps __proto__ a plain key', () => {
    const adapted = adaptMpush(JSON.parse('{"__proto__":{"token":"x"},"fcm":{"serverKey":"k"}}'), () => {});
    expect(Object.keys(adapted as object)).to.include('__proto__');
    expect(Object.getPrototypeOf(adapted)).to.equal(Object.prototype);
  });
});
