import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { commands } from '../../server/cli/index.ts';
import { tempDir } from '../support/temp-dir.ts';
import { TOKEN, type World, world } from '../world.ts';
import { type CliOptions, cli, start } from './harness.ts';

/** What a terminal would act on: it clears the screen, sets the title, and turns the text around. */
const HOSTILE = '\u001b[2J\u001b]0;title\u0007\u009b31m\u202etxt';

/** A command line, and the fields that each object of its output has at least. */
type Row = readonly [args: readonly string[], fields: readonly string[], options?: CliOptions];

const BEAT = ['beat', 'phone', 'backup', '--every', '1h'];
const KEY = ['name', 'number', 'enabled', 'createdAt', 'lastUse', 'sent'];

/** Every command, in an order in which each one finds what it needs. */
const ROWS: readonly Row[] = [
  [
    ['send', 'phone', 'hi', '--wait', '0'],
    ['mid', 'status'],
  ],
  [
    ['send', 'phone', 'later', '--in', '1h', '--id', 'note'],
    ['scheduled', 'id'],
  ],
  [
    ['send', 'phone', 'down', '--key', 'disk', '--state', 'firing', '--wait', '0'],
    ['mid', 'status'],
  ],
  [
    ['ask', 'phone', 'Deploy?', '--options', 'yes,no', '--wait', '1', '--default', 'no'],
    ['id', 'state', 'answer'],
  ],
  [
    ['answer', '--all'],
    ['id', 'kind', 'state', 'mids', 'title'],
  ],
  [['devices'], ['name', 'groups', 'routes', 'online', 'queued', 'lastReceivedAt']],
  [
    ['devices', 'mute', 'phone', '--sender', 'nas'],
    ['name', 'mutes'],
  ],
  [
    ['messages', 'phone'],
    ['mid', 'id', 'message', 'status'],
  ],
  [['alerts'], ['id', 'state', 'since', 'count', 'title']],
  [['scheduled'], ['id', 'dueAt', 'message']],
  [['scheduled', 'cancel', 'note'], ['cancelled']],
  [BEAT, ['beat']],
  [['beats'], ['id', 'state', 'lastAt', 'runs']],
  [
    ['keys', 'create', 'nas', '--device', 'phone'],
    [...KEY, 'key', 'addresses'],
  ],
  [['keys'], KEY],
  [['keys', 'remove', 'nas'], ['removed']],
  [
    ['apps', 'create', 'chat'],
    ['id', 'key', 'secret'],
  ],
  [['apps'], ['id', 'keys', 'enabled', 'registered']],
  [['apps', 'remove', 'chat'], ['removed']],
  [['nodes'], ['id', 'name', 'address', 'self', 'shards']],
  [['pair'], ['code', 'expiresAt', 'link']],
  [['token'], ['token']],
  [['token', '--place'], ['place']],
  [['config'], ['http', 'storage']],
  [['config', '--schema'], ['properties']],
  [
    ['backup', 'copy.db'],
    ['file', 'dir'],
  ],
  [
    ['restore', 'copy.db', '--data-dir', 'fresh'],
    ['file', 'dir'],
  ],
  [['doctor'], ['check', 'state', 'text']],
  [
    ['e2e', 'new', 'phone'],
    ['id', 'targets', 'words', 'key'],
  ],
  [
    ['login', '@', '--token', TOKEN],
    ['server', 'file'],
  ],
  [['open'], ['url', 'opened']],
  [['logout'], ['removed']],
  [
    ['completion', 'bash'],
    ['shell', 'script'],
  ],
  [['help'], ['name', 'summary', 'usage', 'options']],
  [['help', '--man'], ['man']],
  [['devices', 'remove', 'phone'], ['removed']],
];
/** Commands that go on until a signal, see below; and two with tests of their own. */
const OTHERS = ['serve', 'listen', 'service', 'update-check'];

/** The objects of an output, one per line; a config is one object over several lines. */
function objectsOf(text: string): object[] {
  try {
    return [JSON.parse(text)].flat();
  } catch {
    return text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  }
}

describe('--json', () => {
  let relay: World;
  let cwd: string;
  const address = () => relay.url('').replace(/\/$/, '');
  const run = (args: readonly string[], options: CliOptions = {}) =>
    cli(
      args.map((arg) => (arg === '@' ? address() : arg)),
      { cwd, ...options, env: { ...options.env } },
    );

  beforeEach(async () => {
    relay = await world({ realTime: true });
    (await relay.device('phone')).ws.close();
    cwd = await tempDir();
    const { http } = relay.ports;
    const config = { token: TOKEN, http: { host: '127.0.0.1', port: http }, websocket: { port: http } };
    await writeFile(join(cwd, 'config.json'), JSON.stringify({ ...config, storage: { dir: relay.dir } }));
  });

  it('has a row here for every command', () => {
    const names = new Set([...ROWS.map(([[name = '']]) => name), ...OTHERS]);
    expect([...names]).to.have.members(commands.map(({ name }) => name));
  });

  it('makes every command print JSON that scripts can read', async () => {
    for (const [args, fields, options] of ROWS) {
      const { stdout, stderr, code } = await run([...args, '--json'], options);
      const shown = args.join(' ');
      expect(code, `${shown}: ${stderr}`).to.be.oneOf([0, 3]);
      const objects = objectsOf(stdout);
      expect(objects, shown).to.not.be.empty;
      for (const one of objects) expect(one, shown).to.include.keys(...fields);
    }
  });

  it('makes listen print one object for each message', async () => {
    const { stdout, stop, result } = await start(['listen', 'phone', '--json'], { cwd });
    await run(['send', 'phone', 'hi', '--wait', '0']);
    await stdout.until('\n');
    stop();
    expect(JSON.parse((await result).stdout)).to.have.nested.property('message.text', 'hi');
  });

  it('makes serve print its ports', async () => {
    const args = ['serve', '--json', '--port', '0', '--host', '127.0.0.1', '--data-dir', 'other'];
    const { stdout, stop, result } = await start(args, { cwd: await tempDir(), env: { LOG_LEVEL: 'silent' } });
    await stdout.until('\n');
    stop();
    expect(JSON.parse((await result).stdout)).to.have.all.keys('http', 'websocket', 'version');
  });

  it('shows escapes in texts of others, with it and without it', async () => {
    const key = { name: 'nas', device: 'phone', tags: [HOSTILE.slice(0, 9)] };
    await relay.request('/v1/keys', { method: 'POST', body: JSON.stringify(key) });
    const sent = (path: string, body: object) =>
      relay.request(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    await sent('/phone.send?wait=0', {
      text: HOSTILE,
      desp: HOSTILE,
      extra: { [HOSTILE]: HOSTILE, key: HOSTILE, state: 'firing' },
    });
    await sent('/phone.send?wait=0', { text: HOSTILE, in: '1h', id: 'later' });
    await sent('/phone.ask', { text: HOSTILE, reply: 'text', wait: 0 });
    await sent('/phone.beat', { key: HOSTILE, every: '1h' });
    for (const name of [
      'messages phone',
      'alerts',
      'scheduled',
      'answer',
      'beats',
      'devices',
      'keys',
      'nodes',
      'apps',
    ]) {
      for (const more of [[], ['--json']]) {
        const { stdout, stderr, code } = await run([...name.split(' '), ...more]);
        expect(code, name + stderr).to.equal(0);
        expect(stdout + stderr, name).to.not.match(/[^\P{Cc}\n]|[\u202a-\u202e]/u);
      }
    }
    const listening = await start(['listen', 'phone'], { cwd });
    await listening.stdout.until('title');
    listening.stop();
    const { stdout, stderr } = await listening.result;
    expect(stdout + stderr).to.not.match(/[^\P{Cc}\n]|[\u202a-\u202e]/u);
    const wrong = await run(['send', `x${HOSTILE}/`, 'hi', `--${HOSTILE}`]);
    expect(wrong.stderr).to.not.match(/[^\P{Cc}\n]|[\u202a-\u202e]/u);
  });
});
