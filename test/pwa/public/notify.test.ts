import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { onCleanup } from '../../support/cleanup.ts';
import { freePort } from '../../support/free-port.ts';
import { sharedWorld } from '../../support/shared-world.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { TOKEN, type World } from '../../world.ts';

const SCRIPT = fileURLToPath(new URL('../../../pwa/public/notify.sh', import.meta.url));
/** What the script calls besides the shell. */
const TOOLS = 'od tr sed date cat mkdir mv rm ln readlink head tail cut tee mktemp'.split(' ');
const FOLDERS = ['/usr/local/bin', '/usr/bin', '/bin', '/usr/sbin', '/sbin'];

/** The machines on which the script has to work: a shell, and the only client that there is. */
const MACHINES = [
  { name: 'dash with curl', shell: 'dash', client: 'curl' },
  { name: 'dash with wget', shell: 'dash', client: 'wget' },
  { name: 'busybox with curl', shell: 'busybox', client: 'curl' },
  { name: 'busybox with its wget', shell: 'busybox', client: 'busybox wget' },
] as const;
type Machine = (typeof MACHINES)[number];

/** Where a program is. @throws Error that says how to install it */
async function find(program: string): Promise<string> {
  for (const folder of FOLDERS) {
    const file = join(folder, program);
    if (
      await stat(file).then(
        () => true,
        () => false,
      )
    )
      return file;
  }
  throw new Error(`${program} is missing: sudo apt-get install ${program}`);
}

/** A folder with the programs of a machine, and nothing else. */
async function programsOf({ shell, client }: Machine): Promise<string> {
  const folder = await tempDir();
  const busybox = shell === 'busybox' ? await find('busybox') : undefined;
  for (const tool of TOOLS) await symlink(busybox ?? (await find(tool)), join(folder, tool));
  if (busybox !== undefined) await symlink(busybox, join(folder, 'busybox'));
  const [program, applet] = client.split(' ');
  await symlink(await find(program ?? ''), join(folder, applet ?? program ?? ''));
  return folder;
}

interface Ended {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

/** A person who sends from a machine. */
async function person(machine: Machine, server: string) {
  const [path, home] = [await programsOf(machine), await tempDir()];
  const shell = machine.shell === 'dash' ? [await find('dash')] : [await find('busybox'), 'ash'];
  const spool = join(home, '.local/state/herald/spool');
  const settings = { HERALD_SERVER: server, HERALD_TOKEN: TOKEN };
  return {
    home,
    spool,
    settings,
    /** Runs the script with these arguments. */
    async notify(args: readonly string[], input: string | Buffer = ''): Promise<Ended> {
      const [program = '', ...rest] = [...shell, SCRIPT, ...args];
      const child = spawn(program, rest, { env: { PATH: path, HOME: home, TZ: 'UTC', ...settings } });
      child.stdin.on('error', () => {});
      child.stdin.end(input);
      const outputs = [readText(child.stdout), readText(child.stderr)];
      const [[code], output = '', errors = ''] = await Promise.all([once(child, 'close'), ...outputs]);
      return { code, output, errors };
    },
    /** The names of what waits. */
    waiting: () => readdir(spool).catch(() => [] as string[]),
  };
}

/** The messages that a device has got. */
async function inbox(relay: World, name: string) {
  const { json } = await relay.request(`/v1/devices/${name}/messages`);
  return json.messages.map(({ message, target }: { message: object; target: string }) => ({ ...message, target }));
}

/** A server that notes requests and answers with these statuses, the last one for ever. */
async function recorder(...statuses: number[]) {
  const requests: { url: string; key: string; form: URLSearchParams }[] = [];
  const answer = async (request: IncomingMessage) => {
    const form = new URLSearchParams(await readText(request));
    requests.push({ url: request.url ?? '', key: String(request.headers['idempotency-key']), form });
    return statuses.length > 1 ? statuses.shift() : statuses[0];
  };
  const server = createServer(async (request, response) => {
    response.writeHead((await answer(request)) ?? 200).end('{"error":"no"}\n');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onCleanup(() => {
    server.closeAllConnections();
    server.close();
  });
  return { requests, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const HOSTILE = [
  `it's "quoted" \\ and \\n`,
  '$(touch /tmp/owned) `id` $HOME',
  'one\n\n two\ttabs',
  'snow ☃, 😀, 中文, é',
  '100%25 a=b&c=d+e;f#g?h',
  '-n -e --',
  '* ? [a] ~ !x',
];

describe('notify.sh', () => {
  const relay = sharedWorld();
  before(async () => {
    for (const { name } of MACHINES) (await relay().device(name, { group: 'everyone' })).ws.terminate();
  });

  it('has nothing that shellcheck complains about', async () => {
    const child = spawn(await find('shellcheck'), ['--shell=sh', SCRIPT]);
    const [output, [code]] = await Promise.all([readText(child.stdout), once(child, 'close')]);
    expect([code, output]).to.deep.equal([0, '']);
  });

  it('is served by the relay', async () => {
    const { status, headers, text } = await relay().fetch('/notify.sh');
    expect([status, headers.get('content-type')]).to.deep.equal([200, 'text/x-shellscript; charset=utf-8']);
    expect(text).to.equal(await readFile(SCRIPT, 'utf8'));
  });

  for (const machine of MACHINES) {
    describe(`on ${machine.name}`, () => {
      const me = machine.name;

      it('sends every text as it is', async () => {
        const { notify } = await person(machine, relay().url());
        for (const text of HOSTILE) {
          const ended = await notify(['-t', text, '-p', '4', '-k', 'a key', me, text]);
          expect(ended, text).to.deep.equal({ code: 0, output: '', errors: '' });
        }
        const got = (await inbox(relay(), me)).slice(-HOSTILE.length);
        const extra = { priority: '4', key: 'a key' };
        expect(got).to.deep.equal(HOSTILE.map((text) => ({ text, desp: text, extra, target: me })));
      });

      it('says so if nothing has that name', async () => {
        const { notify } = await person(machine, relay().url());
        const errors = 'notify: no device is called phnoe; pair one, or run: herald listen phnoe\n';
        expect(await notify(['phnoe', 'hello'])).to.deep.equal({ code: 0, output: '', errors });
      });

      it('sends the standard input, with its first line as the title and without what is not UTF-8', async () => {
        const { notify } = await person(machine, relay().url());
        const input = Buffer.concat([
          Buffer.from('first\nsecond é '),
          Buffer.from([0xff, 0xe9, 0x00, 0xed, 0xa0, 0x80]),
        ]);
        expect((await notify(['-g', 'everyone'], input)).code).to.equal(0);
        const last = (await inbox(relay(), me)).at(-1);
        expect(last).to.deep.equal({ text: 'first', desp: 'second é ?????', extra: {}, target: 'everyone' });
      });

      it('keeps what the relay cannot get, and sends it in order when it can, with both times', async () => {
        const away = await person(machine, `http://127.0.0.1:${await freePort()}`);
        const kept = await away.notify([me, 'late']);
        expect([kept.code, kept.output]).to.deep.equal([0, '']);
        expect(kept.errors).to.include('cannot reach');
        expect((await away.notify(['-t', 'title', me, 'later'])).code).to.equal(0);
        const waiting = await away.waiting();
        expect(waiting).to.have.length(2);
        for (const file of waiting) expect((await stat(join(away.spool, file))).mode & 0o777).to.equal(0o600);
        expect((await stat(away.spool)).mode & 0o777).to.equal(0o700);
        expect((await away.notify(['flush'])).code).to.equal(75);

        // The first one waits since ten past two, the second since less than a minute.
        const [first = ''] = waiting.sort();
        const [path, key, , form] = (await readFile(join(away.spool, first), 'utf8')).split('\n');
        const made = Math.floor(Date.parse('2026-01-31T02:10:00Z') / 1000);
        await writeFile(join(away.spool, first), [path, key, made, form, ''].join('\n'));
        away.settings.HERALD_SERVER = relay().url();
        expect(await away.notify([me, 'new'])).to.deep.equal({ code: 0, output: '', errors: '' });
        expect(await away.waiting()).to.deep.equal([]);
        const got = (await inbox(relay(), me)).slice(-3);
        expect(got.map(({ text }: { text: string }) => text)).to.deep.equal(['late', 'title', 'new']);
        expect(got[0].desp).to.match(/^sent 2026-01-31 02:10, arrived \d{4}-\d\d-\d\d \d\d:\d\d$/);
        expect(got[1].desp).to.equal('later');
      });

      it('tells refusals from relays that are away, by its exit code', async () => {
        const tell = async (status: number, code: number, kept: number) => {
          const { url, requests } = await recorder(status);
          const { notify, waiting } = await person(machine, url);
          const ended = await notify(['phone', 'text']);
          expect([ended.code, (await waiting()).length], String(status)).to.deep.equal([code, kept]);
          if (code !== 0) expect(ended.errors).to.include(`(${status})`);
          const now = await notify(['--now', 'phone', 'text']);
          expect(now.code).to.equal(kept === 1 ? 75 : code);
          expect(decodeURIComponent(requests[0]?.url ?? '')).to.equal('/phone.send');
        };
        const refusals = [
          [400, 65],
          [404, 65],
          [401, 77],
          [403, 77],
        ] as const;
        // Each has a home of its own, and most of the time they wait for their shells.
        await Promise.all([
          ...[200, 409].map((status) => tell(status, 0, 0)),
          ...refusals.map(([status, code]) => tell(status, code, 0)),
          ...[429, 503].map((status) => tell(status, 0, 1)),
        ]);
      });

      it('sends a message again under the same key', async () => {
        const { url, requests } = await recorder(503, 200);
        const { notify, waiting } = await person(machine, url);
        await notify(['phone', 'text']);
        expect((await notify(['flush'])).code).to.equal(0);
        expect(await waiting()).to.deep.equal([]);
        const [first, second] = requests.map(({ key }) => key);
        expect(first).to.match(/^[0-9a-f]{32}$/);
        expect(second).to.equal(first);
      });

      it('runs a command, tells how it ended, and ends as it did', async () => {
        const { url, requests } = await recorder(200);
        const { notify } = await person(machine, url);
        const { code, output } = await notify(['-d', 'phone', '-k', 'build', 'run', '--', 'cat', '/no such file']);
        expect(code).to.equal(1);
        expect(output).to.include('/no such file');
        const good = await notify(['-d', 'phone', '-t', 'job', 'run', '--', 'date', '-u', '+all well']);
        expect([good.code, good.output]).to.deep.equal([0, 'all well\n']);
        const [failed, fine] = requests.map(({ form }) => Object.fromEntries(form));
        expect(failed?.['text']).to.match(/^cat \/no such file: failed with exit code 1 after \d+ s$/);
        expect(failed).to.include({ state: 'firing', key: 'build', wait: '0' });
        expect(failed?.['desp']).to.include('/no such file');
        expect(fine?.['text']).to.match(/^job: ok after \d+ s$/);
        expect(fine?.['desp']).to.equal('all well');
      });

      it('beats, alone and around a command', async () => {
        const { url, requests } = await recorder(200);
        const { notify } = await person(machine, url);
        expect((await notify(['-d', 'my phone', 'beat', 'disk', '--every', '1h'])).code).to.equal(0);
        const beat = [
          '-d',
          'my phone',
          'beat',
          'backup',
          '--every',
          '24h',
          '--grace',
          '1h',
          '--',
          'cat',
          '/no such file',
        ];
        expect((await notify(beat)).code).to.equal(1);
        expect(requests.map(({ url: path }) => decodeURIComponent(path))).to.deep.equal(
          Array(3).fill('/my phone.beat'),
        );
        const [sign, start, end] = requests.map(({ form }) => Object.fromEntries(form));
        expect(sign).to.deep.equal({ key: 'disk', every: '1h', text: '' });
        expect(start).to.deep.equal({ key: 'backup', every: '24h', grace: '1h', start: '1' });
        expect(end).to.include({ key: 'backup', exit: '1' }).and.not.have.property('start');
        expect(end?.['text']).to.include('/no such file');
      });
    });
  }

  describe('on any machine', () => {
    const [machine] = MACHINES;

    it('reads its settings from a file, and the token from another', async () => {
      const { notify, home, settings } = await person(machine, '');
      await mkdir(join(home, '.config/herald'), { recursive: true });
      await writeFile(join(home, 'token'), `${TOKEN}\n`);
      const lines = [`HERALD_SERVER=${relay().url()}`, `HERALD_TO=${machine.name}`, `HERALD_TOKEN_FILE=${home}/token`];
      await writeFile(join(home, '.config/herald/notify'), `# settings\n${lines.join('\n')}`);
      settings.HERALD_TOKEN = '';
      expect(await notify(['from a file'])).to.deep.equal({ code: 0, output: '', errors: '' });
      expect((await inbox(relay(), machine.name)).at(-1)).to.include({ text: 'from a file' });
    });

    it('gives signs that the relay takes', async () => {
      const { notify } = await person(machine, relay().url());
      const beat = ['-d', 'nas', 'beat', 'backup', '--every', '24h', '--grace', '1h'];
      expect((await notify(beat)).code).to.equal(0);
      const failed = await notify([...beat, '--', 'cat', '/no such file']);
      expect([failed.code, failed.errors]).to.deep.equal([1, '']);
      const { beats } = (await relay().request('/v1/beats')).json;
      expect(beats).to.have.length(1);
      const [{ target, key, state, runs }] = beats;
      expect({ target, key, state }).to.deep.equal({ target: 'nas', key: 'backup', state: 'failed' });
      expect(runs[1]).to.include({ state: 'failed', exit: 1 }).and.have.property('duration');
    });

    it('goes past a message that the relay refuses, and one that is damaged', async () => {
      const { url, requests } = await recorder(503, 503, 400, 200);
      const { notify, spool, waiting } = await person(machine, url);
      await notify(['phone', 'one']);
      await notify(['phone', 'two']);
      await writeFile(join(spool, '1-0-x.message'), 'damaged');
      expect((await notify(['phone', 'three'])).code).to.equal(0);
      expect((await waiting()).map((file) => file.replace(/^.*\.message/, ''))).to.deep.equal(['.refused', '.refused']);
      expect(requests.slice(-2).map(({ form }) => form.get('text'))).to.deep.equal(['two', 'three']);
    });

    it('bounds its spool', async () => {
      const me = await person(machine, `http://127.0.0.1:${await freePort()}`);
      Object.assign(me.settings, { HERALD_SPOOL_MAX: '1' });
      expect((await me.notify(['phone', 'one'])).code).to.equal(0);
      const full = await me.notify(['phone', 'two']);
      expect([full.code, full.errors]).to.deep.equal([
        73,
        `notify: 1 messages wait in ${me.spool} already; the message is lost\n`,
      ]);
    });

    it('takes over the lock of a process that was killed, and leaves that of one that runs', async () => {
      const { url, requests } = await recorder(503, 200);
      const { notify, spool, waiting } = await person(machine, url);
      await notify(['phone', 'one']);
      await symlink(String(process.pid), join(spool, 'lock'));
      expect((await notify(['flush'])).errors).to.include('another process');
      expect((await notify(['phone', 'two'])).code, 'a new message does not wait').to.equal(0);
      expect(await waiting()).to.have.length(2);
      const child = spawn('true');
      await once(child, 'close');
      await rm(join(spool, 'lock'));
      await symlink(String(child.pid), join(spool, 'lock'));
      expect((await notify(['flush'])).code).to.equal(0);
      expect(await waiting()).to.deep.equal([]);
      expect(requests).to.have.length(3);
    });

    it('says what is wrong with its options, and sends nothing', async () => {
      const { url, requests } = await recorder(200);
      const { notify, settings } = await person(machine, url);
      for (const [args, code, text] of [
        [[], 64, 'usage:'],
        [['phone'], 64, 'expected a text'],
        [['-x'], 64, 'unknown option -x'],
        [['-p', '9', 'phone', 'x'], 64, '-p expects'],
        [['-t'], 64, '-t expects a value'],
        [['run', 'make'], 64, 'expected -- before'],
        [['-d', 'a', 'run', '--'], 64, 'expected a command'],
        [['run', '--', 'date'], 64, 'expected a device'],
        [['beat', 'backup'], 64, '--every'],
        [['beat'], 64, 'expects a value'],
      ] as const) {
        const ended = await notify(args);
        expect([ended.code, ended.errors], args.join(' ')).to.satisfy(
          ([given, errors]: [number, string]) => given === code && errors.includes(text),
        );
      }
      expect((await notify(['-h'])).output).to.include('usage: notify');
      settings.HERALD_SERVER = '';
      expect((await notify(['phone', 'x'])).code).to.equal(78);
      expect(requests).to.deep.equal([]);
    });
  });
});
