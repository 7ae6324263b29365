import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { applyOverrides, readEnvironment } from '../../server/config/environment.ts';

/** The config that variables make on their own. */
function read(env: Record<string, string | undefined>, cwd = '/'): unknown {
  const { overrides, problems } = readEnvironment(env, cwd);
  expect(problems).to.deep.equal([]);
  return applyOverrides({}, overrides);
}

function refusals(env: Record<string, string>, cwd = '/'): string[] {
  return readEnvironment(env, cwd).problems.map(({ path, text }) => `${path.map(String).join('.')}: ${text}`);
}

describe('readEnvironment', () => {
  const cases: [variable: string, value: string, config: unknown][] = [
    ['HERALD_TOKEN', '123', { token: '123' }],
    ['HERALD_STATUS_NAMES', '2.2', { statusNames: '2.2' }],
    ['HERALD_STATUSNAMES', '2.2', { statusNames: '2.2' }],
    ['HERALD_HTTP__PORT', '8080', { http: { port: 8080 } }],
    ['HERALD_HTTP__WAIT_TIMEOUT', ' 10 ', { http: { waitTimeout: 10 } }],
    ['HERALD_HTTP__WAITTIMEOUT', '10', { http: { waitTimeout: 10 } }],
    ['herald_http__waitTimeout', '10', { http: { waitTimeout: 10 } }],
    ['HERALD_HTTP__CORS', 'true', { http: { cors: true } }],
    ['HERALD_HTTP__VERIFY_TOKEN', 'FALSE', { http: { verifyToken: false } }],
    ['HERALD_HTTP__PORT', 'eighty', { http: { port: 'eighty' } }],
    ['HERALD_HTTP__PORT', '0x50', { http: { port: '0x50' } }],
    ['HERALD_HTTP__CORS', '1', { http: { cors: '1' } }],
    ['HERALD_HTTP', '{"port":1}', { http: { port: 1 } }],
    ['HERALD_WEBHOOK__CLIENTS', '[{"name":"a"}]', { webhook: { clients: [{ name: 'a' }] } }],
    ['HERALD_WEBHOOK__PROXY', 'http://h:1', { webhook: { proxy: 'http://h:1' } }],
    ['HERALD_WEBHOOK__PROXY', '{"host":"h","port":1}', { webhook: { proxy: { host: 'h', port: 1 } } }],
    ['HERALD_FCM__SERVICE_ACCOUNT', 'key.json', { fcm: { serviceAccount: 'key.json' } }],
    ['HERALD_FCM__SERVICE_ACCOUNT', '{"private_key":"x"}', { fcm: { serviceAccount: { private_key: 'x' } } }],
    ['HERALD_APPS', '[]', { apps: [] }],
    ['HERALD_HTTP__PORT', '', {}],
    ['HERALD_SERVER', 'http://h', {}],
    ['HERALD_SERVICE_HOST', '10.0.0.1', {}],
    ['HERALD_SERVICE_PORT_HTTP', '9093', {}],
    ['HERALD_PORT', 'tcp://10.0.0.1:9093', {}],
    ['HERALD_PORT_9093_TCP_ADDR', '10.0.0.1', {}],
    ['OTHER_TOKEN', 'x', {}],
  ];
  for (const [variable, value, config] of cases) {
    it(`reads ${variable}=${value}`, () => {
      expect(read({ [variable]: value })).to.deep.equal(config);
    });
  }

  it('sets keys of a section after the section', () => {
    const config = { http: { port: 2, cors: true } };
    expect(read({ HERALD_HTTP__PORT: '2', HERALD_HTTP: '{"port":1,"cors":true}' })).to.deep.equal(config);
    expect(read({ HERALD_HTTP: '{"port":1,"cors":true}', HERALD_HTTP__PORT: '2' })).to.deep.equal(config);
  });

  const unknown = [
    'HERALD_',
    'HERALD_PORT',
    'HERALD_FOO',
    'HERALD___PROTO__',
    'HERALD_HTTP__',
    'HERALD_$SCHEMA',
    'HERALD_CONSTRUCTOR',
    'HERALD_FOO_FILE',
  ];
  for (const variable of unknown) {
    it(`refuses ${variable}`, () => {
      expect(refusals({ [variable]: '1' })).to.deep.equal([
        `${variable}: unknown variable; expected HERALD_<SECTION>__<KEY>, such as HERALD_HTTP__PORT`,
      ]);
    });
  }

  for (const [variable, meant] of [
    ['HERALD_HTTP__PROT', 'HERALD_HTTP__PORT'],
    ['HERALD_HTTP__PORT__X', 'HERALD_HTTP__PORT'],
    ['HERALD_HTTP_PORT', 'HERALD_HTTP__PORT'],
    ['HERALD_HTTP__WAIT_TIMEOT', 'HERALD_HTTP__WAIT_TIMEOUT'],
    ['herald_tokn', 'HERALD_TOKEN'],
    ['HERALD_TOKN_FILE', 'HERALD_TOKEN_FILE'],
    ['HERALD_WEBHOOK__CLIENT', 'HERALD_WEBHOOK__CLIENTS'],
  ] as const) {
    it(`names what ${variable} probably means`, () => {
      expect(refusals({ [variable]: 'hunter2' })).to.deep.equal([
        `${variable}: unknown variable; did you mean ${meant}?`,
      ]);
    });
  }

  it('refuses two variables for one key', () => {
    expect(refusals({ HERALD_HTTP__WAIT_TIMEOUT: '1', HERALD_HTTP__WAITTIMEOUT: '2' })).to.deep.equal([
      'HERALD_HTTP__WAITTIMEOUT: sets http.waitTimeout, and so does HERALD_HTTP__WAIT_TIMEOUT; expected one of them',
    ]);
  });

  for (const text of ['[', 'hunter2', '{"a":']) {
    it(`refuses ${text} where a list is expected, without repeating it`, () => {
      expect(refusals({ HERALD_WEBHOOK__CLIENTS: text })).to.deep.equal(['HERALD_WEBHOOK__CLIENTS: expected JSON']);
    });
  }

  describe('with _FILE', () => {
    let cwd: string;
    before(() => {
      cwd = mkdtempSync(join(tmpdir(), 'herald-environment-'));
      writeFileSync(join(cwd, 'token'), 'from a file\n');
      writeFileSync(join(cwd, 'port'), '8080\r\n');
      writeFileSync(join(cwd, 'bytes'), Buffer.from([0xff, 0xfe, 0x00]));
    });
    after(() => rmSync(cwd, { recursive: true }));

    it('reads the value from the file, less one newline', () => {
      expect(read({ HERALD_TOKEN_FILE: 'token' }, cwd)).to.deep.equal({ token: 'from a file' });
      expect(read({ HERALD_HTTP__PORT_FILE: join(cwd, 'port') })).to.deep.equal({ http: { port: 8080 } });
    });

    it('refuses the variable and its file at once, and counts an empty variable as absent', () => {
      expect(refusals({ HERALD_TOKEN: 'x', HERALD_TOKEN_FILE: 'token' }, cwd)).to.deep.equal([
        'HERALD_TOKEN_FILE: sets token, and so does HERALD_TOKEN; expected one of them',
      ]);
      expect(read({ HERALD_TOKEN: '', HERALD_TOKEN_FILE: 'token' }, cwd)).to.deep.equal({ token: 'from a file' });
    });

    it('tells of a file that cannot be read', () => {
      expect(refusals({ HERALD_TOKEN_FILE: 'absent' }, cwd)).to.deep.equal([
        'HERALD_TOKEN_FILE: the file it names does not exist',
      ]);
      expect(refusals({ HERALD_TOKEN_FILE: '.' }, cwd)).to.deep.equal([
        'HERALD_TOKEN_FILE: the file it names cannot be read (EISDIR)',
      ]);
      expect(refusals({ HERALD_TOKEN_FILE: 'bytes' }, cwd)).to.deep.equal([
        'HERALD_TOKEN_FILE: the file it names is not UTF-8 text',
      ]);
      expect(refusals({ HERALD_TOKEN_FILE: '/dev/zero' }, cwd)).to.deep.equal([
        'HERALD_TOKEN_FILE: the file it names is larger than 1048576 bytes',
      ]);
      expect(refusals({ HERALD_TOKEN_FILE: 'a\0b' }, cwd)).to.deep.equal([
        'HERALD_TOKEN_FILE: the file it names cannot be read (ERR_INVALID_ARG_VALUE)',
      ]);
    });
  });
});
