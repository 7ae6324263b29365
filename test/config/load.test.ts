import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { keysOf, rootSetting } from '../../server/config/json-schema.ts';
import { type LoadedConfig, loadConfig } from '../../server/config/load.ts';
import { ConfigError } from '../../server/config/problems.ts';

const here = dirname(fileURLToPath(import.meta.url));

function problemsOf(load: () => unknown): readonly string[] {
  try {
    load();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  throw new Error('it loaded');
}

describe('loadConfig', () => {
  let cwd: string;
  beforeEach(() => {
    cwd = mkdtempSync(join(tmpdir(), 'herald-config-'));
  });
  afterEach(() => rmSync(cwd, { recursive: true }));

  /** Loads a file with this content. */
  function load(content: unknown, env: Record<string, string> = {}): LoadedConfig {
    const bytes = typeof content === 'string' || content instanceof Uint8Array ? content : JSON.stringify(content);
    writeFileSync(join(cwd, 'config.json'), bytes);
    return loadConfig({ env, cwd });
  }

  describe('where the config comes from', () => {
    it('uses the defaults when there is no file', () => {
      const { config, warnings, file } = loadConfig({ env: {}, cwd });
      expect(file).to.equal(undefined);
      expect(warnings).to.deep.equal([]);
      expect(config.token).to.equal(undefined);
      expect(config.http).to.include({
        host: '',
        port: 9093,
        basePath: '',
        verifyToken: true,
        waitTimeout: 5000,
        maxWaitTimeout: 60_000,
        strict: false,
        cors: false,
        maxBody: 1_048_576,
        trustProxy: false,
        maxAuthFailures: 10,
      });
      expect(config.websocket).to.include({
        port: 9093,
        verifyToken: true,
        authTimeout: 30_000,
        retryTimeout: 3000,
        waitTimeout: 5000,
        window: 64,
        maxPayload: 1_048_576,
        maxBuffered: 4_194_304,
        stallTimeout: 30_000,
        maxUnauthenticated: 1000,
        pingInterval: 30_000,
      });
      expect(config.webhook).to.deep.equal({ retryTimeout: 3000, timeout: 10_000, clients: [] });
      expect(config.storage).to.include({
        dir: join(cwd, 'data'),
        ttl: 604_800_000,
        historyTtl: 2_592_000_000,
        maxQueued: 10_000,
        maxFeeds: 10_000,
        maxReadAhead: 33_554_432,
      });
      expect(config.statusNames).to.equal('2.1');
      expect(config.apps).to.deep.equal([]);
    });

    it('loads the config.json of the repository without a warning and without a token', () => {
      const { config, warnings } = loadConfig({ env: {}, cwd: dirname(dirname(here)) });
      expect(warnings).to.deep.equal([]);
      expect(config.token).to.equal(undefined);
    });

    it('reads a named file, and puts the data beside it', () => {
      mkdirSync(join(cwd, 'etc'));
      writeFileSync(join(cwd, 'etc', 'herald.json'), '{"storage":{"dir":"state"}}');
      const { config, file } = loadConfig({ file: 'etc/herald.json', env: {}, cwd });
      expect(file).to.equal(join(cwd, 'etc', 'herald.json'));
      expect(config.storage.dir).to.equal(join(cwd, 'etc', 'state'));
    });

    it('refuses a named file that does not exist, and a folder', () => {
      expect(problemsOf(() => loadConfig({ file: 'absent.json', env: {}, cwd }))).to.deep.equal([
        'the file does not exist',
      ]);
      expect(problemsOf(() => loadConfig({ file: '.', env: {}, cwd }))).to.deep.equal([
        'the file cannot be read (EISDIR)',
      ]);
    });

    it('finds the file of an option, a variable, systemd, the folder, and the system, in this order', () => {
      const sources = ['option', 'variable', 'systemd', 'folder', 'system'];
      const path = (name: string) => join(cwd, name, 'config.json');
      for (const name of sources) {
        mkdirSync(join(cwd, name));
        writeFileSync(path(name), '{}');
      }
      const load = () =>
        loadConfig({
          file: existsSync(path('option')) ? '../option/config.json' : undefined,
          env: {
            ...(existsSync(path('variable')) ? { HERALD_CONFIG: '../variable/config.json' } : {}),
            CONFIGURATION_DIRECTORY: `${join(cwd, 'systemd')}:${join(cwd, 'option')}`,
          },
          cwd: join(cwd, 'folder'),
          systemFolder: join(cwd, 'system'),
        });
      for (const name of sources) {
        expect(load().file).to.equal(path(name));
        rmSync(path(name));
      }
      expect(load().file).to.equal(undefined);
      expect(load().config.storage.dir).to.equal(join(cwd, 'folder', 'data'));
    });

    it('refuses what HERALD_CONFIG names if it is missing, and a file that cannot be read, except that of the system', () => {
      expect(problemsOf(() => loadConfig({ env: { HERALD_CONFIG: 'absent.json' }, cwd }))).to.deep.equal([
        'the file does not exist',
      ]);
      mkdirSync(join(cwd, 'mine', 'config.json'), { recursive: true });
      mkdirSync(join(cwd, 'empty'));
      const mine = join(cwd, 'mine');
      expect(problemsOf(() => loadConfig({ env: {}, cwd: mine }))).to.deep.equal(['the file cannot be read (EISDIR)']);
      expect(loadConfig({ env: {}, cwd: join(cwd, 'empty'), systemFolder: mine }).file).to.equal(undefined);
    });

    it('takes the data directory from an option, a variable, the file, systemd, and the folder, in this order', () => {
      const dir = (options: object, env: Record<string, string>, file: object) => {
        writeFileSync(join(cwd, 'config.json'), JSON.stringify(file));
        return loadConfig({ options, env, cwd }).config.storage.dir;
      };
      const state = { STATE_DIRECTORY: '/var/lib/herald:/var/lib/other' };
      const file = { storage: { dir: 'file' } };
      const all = { ...state, HERALD_STORAGE__DIR: 'variable' };
      expect(dir({ 'data-dir': 'option' }, all, file)).to.equal(join(cwd, 'option'));
      expect(dir({}, all, file)).to.equal(join(cwd, 'variable'));
      expect(dir({}, state, file)).to.equal(join(cwd, 'file'));
      expect(dir({}, state, {})).to.equal('/var/lib/herald');
      expect(dir({}, { STATE_DIRECTORY: '' }, {})).to.equal(join(cwd, 'data'));
    });

    it('keeps the data of a config in the folder of the system in /var/lib/herald', () => {
      const systemFolder = join(cwd, 'system');
      mkdirSync(systemFolder);
      writeFileSync(join(systemFolder, 'config.json'), '{}');
      const source = { cwd, systemFolder };
      expect(loadConfig({ ...source, env: {} }).config.storage.dir).to.equal('/var/lib/herald');
      const state = { STATE_DIRECTORY: '/srv/state' };
      expect(loadConfig({ ...source, env: state }).config.storage.dir).to.equal('/srv/state');
      const option = { 'data-dir': 'mine' };
      expect(loadConfig({ ...source, env: state, options: option }).config.storage.dir).to.equal(join(cwd, 'mine'));
    });

    it('prefers options to variables, and variables to the file', () => {
      writeFileSync(join(cwd, 'config.json'), '{"http":{"port":1,"host":"file"},"token":"file"}');
      writeFileSync(join(cwd, 'secret'), 'option\n');
      const env = { HERALD_HTTP__PORT: '2', HERALD_TOKEN: 'variable' };
      expect(loadConfig({ env, cwd }).config).to.include({ token: 'variable' });
      expect(loadConfig({ env, cwd }).config.http).to.include({ port: 2, host: 'file' });
      const options = { port: '3', host: '', 'token-file': 'secret' };
      const { config } = loadConfig({ options, env, cwd });
      expect(config.http).to.include({ port: 3, host: '' });
      expect(config.token).to.equal('option');
      const wrong = { port: 'x', 'token-file': 'absent' };
      expect(problemsOf(() => loadConfig({ options: wrong, env, cwd }))).to.deep.equal([
        '--token-file: the file it names does not exist',
        'http.port (--port): expected a number',
      ]);
    });

    it('freezes the result to the bottom', () => {
      const { config } = load({ webhook: { clients: [{ name: 'a', url: 'http://h/', group: 'g' }] } });
      expect(Object.isFrozen(config)).to.equal(true);
      expect(Object.isFrozen(config.http)).to.equal(true);
      expect(Object.isFrozen(config.webhook.clients[0]?.group)).to.equal(true);
    });
  });

  describe('problems', () => {
    it('lists all of them, with path and expectation and no value', () => {
      writeFileSync(
        join(cwd, 'config.json'),
        JSON.stringify({
          token: ['hunter2'],
          http: { prot: 1, port: 70000, verifyToken: 'hunter2', basePath: 'hunter2' },
          websocket: { window: 0, port: 1.5 },
          webhook: { clients: [{ url: 'ftp://hunter2', group: 5 }, 'hunter2'], proxy: 'hunter2' },
          statusNames: 'hunter2',
          extra: 'hunter2',
        }),
      );
      let message = '';
      try {
        loadConfig({ env: { HERALD_STORAGE__MAX_QUEUED: 'hunter2', HERALD_FOO: 'hunter2' }, cwd });
      } catch (error) {
        message = (error as Error).message;
      }
      expect(message).not.to.include('hunter2');
      const sections = [...keysOf(rootSetting).keys()].filter((key) => key !== '$schema');
      expect(sections).to.include.members(['token', 'http', 'apps']);
      expect(message.split('\n').sort()).to.deep.equal(
        [
          `The config (${join(cwd, 'config.json')}) has 16 problems:`,
          '  HERALD_FOO: unknown variable; expected HERALD_<SECTION>__<KEY>, such as HERALD_HTTP__PORT',
          `  extra: unknown key; known here: ${sections.join(', ')}`,
          '  http.basePath: expected "" or a path such as "/mpush"',
          '  http.port: expected at most 65535',
          '  http.prot: unknown key; did you mean port?',
          '  http.verifyToken: expected true or false',
          '  statusNames: expected "2.1" or "2.2"',
          '  storage.maxQueued (HERALD_STORAGE__MAX_QUEUED): expected a number',
          '  token: expected a string',
          '  webhook.clients[0].group: expected a string, comma-separated for several, or an array of strings',
          '  webhook.clients[0].name: expected a string, but it is missing',
          '  webhook.clients[0].url: expected an http or https URL',
          '  webhook.clients[1]: expected an object',
          '  webhook.proxy: expected an http or https URL',
          '  websocket.port: expected a whole number',
          '  websocket.window: expected at least 1',
        ].sort(),
      );
    });

    const syntax: [what: string, content: string | Uint8Array, problem: string][] = [
      ['an empty file', '', 'expected JSON; the first mistake is at line 1, column 1'],
      ['a truncated file', '{"token": "hunter2', 'expected JSON; the first mistake is at line 1, column 11'],
      [
        'a comma after the last key',
        '{\n  "token": "hunter2", // last\n}',
        'expected JSON; the first mistake is at line 3, column 1: no comma may stand before } or ]',
      ],
      ['UTF-16', Buffer.from('\uFEFF{"token":"hunter2"}', 'utf16le'), 'the file is not UTF-8 text'],
      ['Latin-1', Buffer.from('{"token":"Müller"}', 'latin1'), 'the file is not UTF-8 text'],
      ['a huge file', ' '.repeat(2 ** 20 + 1), 'the file is larger than 1048576 bytes'],
      ['an array', '[]', 'expected an object'],
      ['null', 'null', 'expected an object'],
      ['a string', '"hunter2"', 'expected an object'],
      ['deep nesting', `${'['.repeat(200_000)}${']'.repeat(200_000)}`, 'expected an object'],
      ['a section that is an array', '{"http":[9093]}', 'http: expected an object'],
      ['a section that is a string', '{"storage":"hunter2"}', 'storage: expected an object'],
      [
        'a nested value for a number',
        `{"http":{"port":${'[[['.repeat(5)}1${']]]'.repeat(5)}}}`,
        'http.port: expected a number',
      ],
    ];
    for (const [what, content, problem] of syntax) {
      it(`tells of ${what}`, () => {
        expect(problemsOf(() => load(content))).to.deep.equal([problem]);
      });
    }

    it('tells of a value once, however many rules it breaks', () => {
      expect(problemsOf(() => load({ webpush: { subject: 'me@example.com' } }))).to.deep.equal([
        'webpush.subject: expected a mailto: or https: URL',
      ]);
    });

    it('reads a file with comments', () => {
      expect(load('{\n  // behind nginx\n  "http": { "port": 1234 /* not 9093 */ }\n}').config.http.port).to.equal(
        1234,
      );
    });

    it('takes __proto__ and constructor for the unknown keys that they are', () => {
      const content =
        '{"__proto__":{"token":"x"},"http":{"__proto__":{"port":1},"constructor":{}},"webhook":{"clients":[{"name":"a","url":"http://h/","__proto__":{}}]}}';
      const paths = problemsOf(() => load(content, { HERALD_HTTP__PORT: '1' })).map((problem) => problem.split(':')[0]);
      expect(paths).to.have.members([
        '__proto__',
        'http.__proto__',
        'http.constructor',
        'webhook.clients[0].__proto__',
      ]);
      expect(({} as Record<string, unknown>)['port']).to.equal(undefined);
    });

    it('shows a strange key in quotes and cuts a long one', () => {
      const [strange, long] = problemsOf(() => load({ 'a\n  b': 1, [`k${'x'.repeat(1000)}`]: 1 }));
      expect(strange).to.match(/^"a\\n {2}b": unknown key/);
      expect(long).to.match(/^"kx{63}…": unknown key/);
    });

    it('tells what is expected of keys that are chosen freely', () => {
      const gusherCluster = { apps: { 'a/b': { url: 'http://host/' } } };
      expect(problemsOf(() => load({ gusherCluster }))).to.deep.equal([
        'gusherCluster.apps."a/b": expected a key of 1 to 255 characters without "/"',
      ]);
    });

    it('refuses names that two targets share and names that no device may have', () => {
      const client = (name: string) => ({ name, url: 'http://h/' });
      expect(problemsOf(() => load({ webhook: { clients: [client('a'), client('b'), client('a')] } }))).to.deep.equal([
        'webhook.clients[2].name: expected a unique name',
      ]);
      expect(problemsOf(() => load({ webhook: { clients: [client('a/b')] } }))[0]).to.match(
        /^webhook\.clients\[0\]\.name: name must be/,
      );
      expect(problemsOf(() => load({ webhook: { clients: [{ ...client('a'), group: 'x/y' }] } }))[0]).to.match(
        /^webhook\.clients\[0\]\.group: group must be/,
      );
    });
  });

  describe('values', () => {
    it('skips a byte order mark', () => {
      expect(load('\uFEFF{"http":{"port":1}}').config.http.port).to.equal(1);
    });

    it('puts the sockets on the port of http unless they have their own', () => {
      expect(load({ http: { port: 0 } }).config.websocket.port).to.equal(0);
      expect(load({ http: { port: 1 } }).config.websocket.port).to.equal(1);
      expect(load({ http: { port: 1 }, websocket: { port: 2 } }).config.websocket.port).to.equal(2);
    });

    it('takes an empty token for none', () => {
      expect(load({ token: '' }).config.token).to.equal(undefined);
      expect(load({ token: '口令 two' }).config.token).to.equal('口令 two');
    });

    for (const token of ['a\nb', ' a', 'a ', '\u0000', 'a'.repeat(5000)]) {
      it(`refuses the token ${JSON.stringify(token.slice(0, 5))} that no header can carry`, () => {
        expect(problemsOf(() => load({ token }))).to.have.length(1);
      });
    }

    it('reads the groups of a target in every form', () => {
      const clients = ['', 'a', 'a, b', ['a', 'b'], undefined].map((group, index) => ({
        name: `n${index}`,
        url: 'http://h/',
        group,
      }));
      const { config } = load({ webhook: { clients } });
      expect(config.webhook.clients.map(({ group }) => group)).to.deep.equal([[], ['a'], ['a', 'b'], ['a', 'b'], []]);
    });

    it('refuses names of targets that look like others, as it does for any new device', () => {
      const problems = (...names: string[]) =>
        problemsOf(() => load({ webhook: { clients: names.map((name) => ({ name, url: 'http://h/' })) } }));
      expect(problems('a\u200b', 'b ', 'caf\u00e9')).to.deep.equal([
        'webhook.clients[0].name: name must not contain invisible characters; it has U+200B',
        'webhook.clients[1].name: name must not begin or end with a blank',
      ]);
      expect(problems('caf\u00e9', 'cafe\u0301')).to.deep.equal(['webhook.clients[1].name: expected a unique name']);
    });

    it('takes a slash off the end of the base path', () => {
      expect(load({ http: { basePath: '/a/mpush/' } }).config.http.basePath).to.equal('/a/mpush');
      expect(load({ http: { basePath: '/' } }).config.http.basePath).to.equal('');
    });

    it('never keeps history shorter than a message lives, nor bounds a wait below its default', () => {
      const { config } = load({ storage: { ttl: 5_000_000_000 }, http: { waitTimeout: 90_000 } });
      expect(config.storage.historyTtl).to.equal(5_000_000_000);
      expect(config.http.maxWaitTimeout).to.equal(90_000);
    });

    const proxies: [given: unknown, url: string | undefined][] = [
      ['', undefined],
      ['http://user:pw@proxy:3128', 'http://user:pw@proxy:3128'],
      [{ host: 'proxy', port: 3128 }, 'http://proxy:3128'],
      [{ host: '::1', port: 1, protocol: 'https:' }, 'https://[::1]:1'],
      [{ host: 'proxy', port: 1, auth: { username: 'a:b', password: 'c@d' } }, 'http://a%3Ab:c%40d@proxy:1'],
    ];
    for (const [given, url] of proxies) {
      it(`reads the proxy ${JSON.stringify(given)}`, () => {
        expect(load({ webhook: { proxy: given } }).config.webhook.proxy).to.equal(url);
      });
    }

    for (const given of [
      'socks5://h:1',
      'proxy:3128',
      { host: 'a b', port: 1 },
      { host: 'h', port: 0 },
      { host: 'h', port: 1, x: 1 },
      [],
      5,
    ]) {
      it(`refuses the proxy ${JSON.stringify(given)}`, () => {
        expect(problemsOf(() => load({ webhook: { proxy: given } }))).to.have.length(1);
      });
    }
  });

  describe('environment', () => {
    it('overrides the file and leaves the rest of a section alone', () => {
      const { config } = load(
        { token: 'file', http: { port: 1, cors: true } },
        { HERALD_HTTP__PORT: '2', HERALD_TOKEN: 'env' },
      );
      expect(config).to.include({ token: 'env' });
      expect(config.http).to.include({ port: 2, cors: true });
    });

    it('names the variable from which a wrong value came', () => {
      const clients = JSON.stringify([{ name: 'a', url: 'x' }]);
      expect(problemsOf(() => loadConfig({ env: { HERALD_WEBHOOK__CLIENTS: clients }, cwd }))).to.deep.equal([
        'webhook.clients[0].url (HERALD_WEBHOOK__CLIENTS): expected an http or https URL',
      ]);
    });

    it('leaves a broken section to be refused', () => {
      expect(problemsOf(() => load({ http: [] }, { HERALD_HTTP__PORT: '1' }))).to.deep.equal([
        'http: expected an object',
      ]);
    });
  });

  it('never touches the file', () => {
    load({ http: { waitTimeout: 1 } });
    expect(readFileSync(join(cwd, 'config.json'), 'utf8')).to.equal('{"http":{"waitTimeout":1}}');
  });
});
