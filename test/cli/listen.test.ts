import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { expect } from 'chai';
import { tempDir } from '../support/temp-dir.ts';
import { TOKEN, type World, world } from '../world.ts';
import { type CliOptions, cli, type RunningCli, start } from './harness.ts';

async function listen(relay: World, args: readonly string[], options: CliOptions = {}): Promise<RunningCli> {
  const running = await start(['listen', 'me', '--server', relay.url(), '--token', TOKEN, ...args], options);
  await running.stderr.until('listening as me');
  return running;
}

const post = (relay: World, text: string, more: object = {}) =>
  relay.post({ cmd: 'MESSAGE', data: { sendType: 'personal', target: 'me', message: { text, ...more } } });

describe('herald listen', () => {
  it('prints a message, acknowledges it, and exits with 0', async () => {
    const relay = await world();
    const running = await listen(relay, []);
    const { json } = await post(relay, 'hi', { desp: 'one\ntwo\n', extra: { a: 'x', b: { c: 1 } } });
    expect(json.data.me).to.equal('ok');
    running.stop();
    const { code, stdout } = await running.result;
    expect(code).to.equal(0);
    expect(stdout).to.match(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}hi\n {2}one\n {2}two\n {2}a: x\n {2}b: {"c":1}\n$/);
  });

  it('shows texts that begin with a dash by every command line that the page and the help propose', async () => {
    const texts = await Promise.all(
      ['cli.md', 'cli.zh-CN.md'].map((file) => readFile(new URL(`../../docs/${file}`, import.meta.url), 'utf8')),
    );
    texts.push((await cli(['listen', '--help'])).stdout);
    // A program that reads its options as notify-send does, and ends with 1 at one that it does not know.
    const folder = await tempDir();
    const program = `#!${process.execPath}\nconst { parseArgs } = require('node:util');
      console.log(JSON.stringify(parseArgs({ allowPositionals: true }).positionals));\n`;
    await writeFile(join(folder, 'notify-send'), program, { mode: 0o755 });
    for (const text of texts) {
      const [, commandLine = ''] = /listen \w+ --exec '([^']+)'/.exec(text) ?? [];
      const relay = await world();
      const env = { PATH: `${folder}:${process.env['PATH']}` };
      const running = await listen(relay, ['--exec', commandLine], { env });
      const { json } = await post(relay, '-5 °C in the cellar', { desp: '- one\n- two' });
      expect(json.data.me).to.equal('ok');
      expect(running.stdout.text).to.equal('["-5 °C in the cellar","- one\\n- two"]\n');
    }
  });

  it('receives messages to its groups', async () => {
    const relay = await world();
    const running = await listen(relay, ['--group', 'a,b', '--group', 'c']);
    for (const group of ['a', 'b', 'c']) {
      expect((await relay.request(`/${group}.group?text=x`)).json.data.status).to.deep.equal({ me: 'ok' });
    }
    await running.stdout.until('x  (to c)');
  });

  it('escapes what a terminal would act on', async () => {
    const relay = await world();
    const running = await listen(relay, [], { terminal: true, env: { NO_COLOR: '1' } });
    await post(relay, '\u001b]0;x\u0007\nfake', { desp: '\u009b2J\r', extra: { '\u001bk': '\u001bv' } });
    await running.stdout.until('k: ');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there
    expect(running.stdout.text).not.to.match(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    expect(running.stdout.text).to.contain('\\u001b]0;x\\u0007\\nfake\n');
  });

  it('prints one JSON object per line', async () => {
    const relay = await world();
    const running = await listen(relay, ['--json']);
    await post(relay, 'a\nb');
    await post(relay, 'c');
    const lines = running.stdout.text.trim().split('\n');
    expect(lines.map((line) => JSON.parse(line).message.text)).to.deep.equal(['a\nb', 'c']);
  });

  it('does not acknowledge a message that it cannot print', async () => {
    const relay = await world();
    const stdout = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error('EPIPE'), { code: 'EPIPE' })),
    }).on('error', () => {});
    const running = await listen(relay, [], { stdout });
    await relay.request('/me.send?text=hi&wait=0');
    expect((await running.result).code).to.equal(0);
    expect((await relay.request('/v1/devices')).json.devices[0].queued).to.equal(1);
  });

  describe('--exec', () => {
    it('passes the message in the environment and on standard input', async () => {
      const relay = await world();
      const cwd = await tempDir();
      const names = ['MID', 'TEXT', 'DESP', 'TARGET', 'SEND_TYPE', 'FROM', 'EXTRA', 'MESSAGE'];
      const script = `${names.map((name) => `printf '%s\\0' "$HERALD_${name}"`).join(';')}; cat`;
      const running = await listen(relay, ['--exec', `(${script}) > out; echo done`], {
        cwd,
        env: { PATH: process.env['PATH'] ?? '' },
      });
      const text = `it's "$(date)" \`x\` ; exit 1\u0000`;
      const { json } = await post(relay, text, { desp: 'd\ne', extra: { k: 'v' } });
      expect(json.data.me).to.equal('ok');
      const values = (await readFile(join(cwd, 'out'), 'utf8')).split('\0');
      const whole = JSON.parse(values[8] ?? '');
      expect(whole).to.include({ mid: json.data.mid, target: 'me' });
      expect(whole.message.text).to.equal(text);
      expect(values.slice(0, 7)).to.deep.equal([
        json.data.mid,
        text.slice(0, -1),
        'd\ne',
        'me',
        'personal',
        '',
        '{"k":"v"}',
      ]);
      expect(JSON.parse(values[7] ?? '')).to.deep.equal(whole);
      await running.stdout.until('done\n');
      expect(running.stdout.text).to.equal('done\n');
    });

    it('passes on a message that is too large for the environment', async () => {
      const relay = await world();
      const running = await listen(relay, ['--exec', 'echo "[$HERALD_DESP$HERALD_MESSAGE] $(wc -c)"'], {
        env: { ...(process.env as Record<string, string>), HERALD_DESP: 'stale' },
      });
      expect((await post(relay, 'hi', { desp: 'x'.repeat(300_000) })).json.data.me).to.equal('ok');
      await running.stdout.until('[] 300');
    });

    it('runs again for a failed message when the relay repeats it', async () => {
      const relay = await world();
      const cwd = await tempDir();
      const running = await listen(relay, ['--exec', 'mkdir first 2>/dev/null && exit 3; echo "got $HERALD_TEXT"'], {
        cwd,
        env: { PATH: process.env['PATH'] ?? '' },
      });
      await relay.request('/me.send?text=hi&wait=0');
      await running.stderr.until('the command ended with 3; message');
      expect(running.stdout.text).to.equal('');
      await relay.clock.tick(3000);
      await running.stdout.until('got hi\n');
      running.stop();
      expect((await running.result).code).to.equal(0);
      expect((await relay.request('/v1/devices/me/messages')).json.messages[0].status).to.equal('ok');
    });

    it('may ignore its input, and may leave a process running', async () => {
      const relay = await world();
      const cwd = await tempDir();
      // It ends when the directory is removed, after the test.
      await writeFile(join(cwd, 'here'), '');
      const left = '(while [ -e here ]; do sleep 0.01; done) &';
      await listen(relay, ['--exec', `${left} exit 0`], { cwd, env: { PATH: process.env['PATH'] ?? '' } });
      expect((await post(relay, 'hi', { desp: 'x'.repeat(500_000) })).json.data.me).to.equal('ok');
    });

    it('finishes before `herald listen` exits', async () => {
      const relay = await world();
      const cwd = await tempDir();
      const running = await listen(relay, ['--json', '--exec', 'echo started; until [ -e go ]; do sleep 0.01; done'], {
        cwd,
        env: { PATH: process.env['PATH'] ?? '' },
      });
      const sent = post(relay, 'hi');
      await running.stdout.until('started');
      running.stop();
      await writeFile(join(cwd, 'go'), '');
      expect((await running.result).code).to.equal(0);
      expect((await sent).json.data.me).to.equal('ok');
      const [, line] = running.stdout.text.split('\n');
      expect(JSON.parse(line ?? '').message.text).to.equal('hi');
    });
  });

  it('exits with 1 when another device takes its name', async () => {
    const relay = await world();
    const running = await listen(relay, []);
    await relay.device('me');
    const { code, stderr } = await running.result;
    expect(code).to.equal(1);
    expect(stderr.trim().split('\n').at(-1)).to.equal('herald: taken over: another device has connected as me');
  });

  it('exits with 1 when its token is wrong or missing, and says how to set it', async () => {
    const relay = await world();
    for (const token of ['wrong', '']) {
      expect(await cli(['listen', 'me', '--server', relay.url(), '--token', token])).to.deep.equal({
        code: 1,
        stdout: '',
        stderr: 'herald: the relay refuses me: Token invalid; set the right one with --token or HERALD_TOKEN\n',
      });
    }
  });

  it('refuses names and groups that the relay would refuse', async () => {
    for (const args of [['a/b'], ['mid'], ['me', '--group', 'x/y']]) {
      const { code, stderr } = await cli(['listen', ...args]);
      expect(code).to.equal(2);
      expect(stderr).to.match(/^herald: (name|group) must be 1 to 64 characters/);
    }
    expect((await cli(['listen', 'me', '--exec', ' '])).stderr).to.equal('herald: --exec: expected a command\n');
  });
});
