import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { eventually } from '../support/eventually.ts';
import { tempDir } from '../support/temp-dir.ts';
import { TOKEN, world } from '../world.ts';
import { cli, start } from './harness.ts';

async function home() {
  const dir = await tempDir();
  const file = join(dir, 'herald', 'e2e.keys');
  return { file, env: { XDG_CONFIG_HOME: dir } };
}

describe('herald e2e', () => {
  it('makes a key that another user can take in, by words or by text', async () => {
    const [one, other] = [await home(), await home()];
    const made = JSON.parse((await cli(['e2e', 'new', 'phone,family', '--json'], { env: one.env })).stdout);
    expect(made.words.split(' ')).to.have.length(24);
    for (const input of [made.words, `${made.key}\n`]) {
      const { code, stdout } = await cli(['e2e', 'add'], { env: other.env, input });
      expect([code, stdout]).to.deep.equal([0, `${made.id}\n`]);
    }
    expect((await cli(['e2e'], { env: one.env })).stdout).to.equal(`${made.id}  phone, family\n`);
    expect((await stat(one.file)).mode & 0o777).to.equal(0o600);
    expect(await readFile(one.file, 'utf8')).to.equal(`${made.key} phone,family\n`);
    expect((await cli(['e2e', 'remove', made.id], { env: one.env })).code).to.equal(0);
    expect((await cli(['e2e', 'remove', made.id], { env: one.env })).code).to.equal(1);
  });

  it('shows a new key to people too', async () => {
    const { env } = await home();
    const { stdout } = await cli(['e2e', 'new', 'phone'], { env });
    expect(stdout).to.match(/▀|▄|█/);
    expect(stdout).to.match(/^(?:[a-z]+ ){23}[a-z]+$/m);
  });

  for (const [what, args, input, code] of [
    ['words that are no key', ['add'], 'zoo zoo', 1],
    ['nothing', ['add'], '', 1],
    ['a short key', ['add'], 'abcd', 1],
    ['an unknown action', ['burn'], '', 2],
    ['no recipient', ['new'], '', 2],
  ] as const) {
    it(`refuses ${what}`, async () => {
      expect((await cli(['e2e', ...args], { env: (await home()).env, input })).code).to.equal(code);
    });
  }

  it('refuses a file that others can read, and one that is damaged', async () => {
    const { env, file } = await home();
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, 'nonsense\n', { mode: 0o600 });
    expect((await cli(['e2e'], { env })).stderr).to.include('not a key');
    await chmod(file, 0o644);
    expect((await cli(['e2e'], { env })).stderr).to.include('can be read by others');
  });

  it('encrypts what send sends, and listen decrypts it', async () => {
    const relay = await world();
    const { env } = await home();
    const access = ['--server', relay.url(), '--token', TOKEN];
    const without = await cli(['send', 'phone', 'hi', '--encrypt', ...access], { env });
    expect([without.code, without.stderr]).to.deep.equal([
      1,
      'herald: there is no key for phone: herald e2e new phone makes one, herald e2e add takes one in\n',
    ]);
    await cli(['e2e', 'new', 'phone'], { env });
    const stranger = await relay.device('family', { acknowledge: true });
    stranger.ws.terminate();
    const listening = await start(['listen', 'phone', '--json', ...access], { env });
    await listening.stderr.until('listening as phone');
    const { code } = await cli(['send', 'phone', 'secret', '--priority', '4', '--encrypt', ...access], { env });
    expect(code).to.equal(0);
    await listening.stdout.until('secret');
    const { message } = JSON.parse(listening.stdout.text);
    expect(message).to.deep.equal({ text: 'secret', desp: '', extra: { priority: '4' } });
    listening.stop();
    const stored = await relay.request('/v1/devices/phone/messages');
    expect(stored.text).to.not.include('secret');
    expect(stored.json.messages[0].message.text).to.equal('Encrypted message');
    await eventually('the device is done', async () => (await listening.result).code === 0);
  });
});
