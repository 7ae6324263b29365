import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect } from 'chai';
import { forSuite } from '../support/cleanup.ts';
import { tempDir } from '../support/temp-dir.ts';
import { TOKEN, type World, world } from '../world.ts';
import { type CliOptions, cli, start } from './harness.ts';

const relay = forSuite(() => world());
const address = (of: World = relay()) => of.url('').replace(/\/$/, '');

/** A user of their own. */
async function user() {
  const cwd = await tempDir();
  const file = join(cwd, '.config', 'herald', 'login.json');
  return { file, herald: (args: readonly string[], options: CliOptions = {}) => cli(args, { cwd, ...options }), cwd };
}

describe('herald login', () => {
  it('keeps the address and the token for the other commands, where only the user can read them', async () => {
    const { file, herald } = await user();
    const done = await herald(['login', `${address()}/`, '--token', TOKEN]);
    expect(done).to.deep.equal({ code: 0, stdout: `logged in to ${address()}\n`, stderr: '' });
    expect(JSON.parse(await readFile(file, 'utf8'))).to.deep.equal({ server: address(), token: TOKEN });
    expect((await stat(file)).mode & 0o777).to.equal(0o600);
    expect((await herald(['devices'])).code).to.equal(0);
  });

  it('reads the token from the standard input, or asks at a terminal without showing it', async () => {
    const { file, herald, cwd } = await user();
    expect((await herald(['login', address()], { input: `${TOKEN}\n` })).code).to.equal(0);
    const typed = Object.assign(Readable.from([`${TOKEN}\r`]), { isTTY: true });
    const { result } = await start(['login', address()], { cwd, input: typed });
    const { code, stdout, stderr } = await result;
    expect({ code, stdout }).to.deep.equal({ code: 0, stdout: `logged in to ${address()}\n` });
    expect(stderr).to.equal(`Token of ${address()}: \n`);
    expect(JSON.parse(await readFile(file, 'utf8')).token).to.equal(TOKEN);
  });

  it('keeps nothing if it is interrupted while it asks', async () => {
    const { file, cwd } = await user();
    const { stderr, stop, result } = await start(['login', address()], { cwd, terminal: true });
    await stderr.until('Token of');
    stop();
    expect(await result).to.deep.include({ code: 1, stdout: '' });
    expect(await readFile(file).catch(() => 'none')).to.equal('none');
  });

  it('takes a key that may only send, and JSON tells where it is kept', async () => {
    const { file, herald } = await user();
    const { json } = await relay().request('/v1/keys', { method: 'POST', body: '{"name":"nas","device":"phone"}' });
    const { code, stdout } = await herald(['login', address(), '--token', json.key, '--json']);
    expect(code).to.equal(0);
    expect(JSON.parse(stdout)).to.deep.equal({ server: address(), file });
    expect((await herald(['send', 'phone', 'hi', '--wait', '0'])).stdout).to.contain('phone');
  });

  it('keeps nothing that does not work', async () => {
    const { file, herald } = await user();
    for (const [args, code, text] of [
      [['login'], 2, '<SERVER> is missing'],
      [['login', 'http:/x'], 2, 'SERVER: expected an address such as http://host:9093'],
      [['login', address(), '--token', 'wrong'], 1, 'refuses the token'],
      [['login', address()], 1, 'needs a token'],
      [['login', 'http://127.0.0.1:1', '--token', TOKEN], 1, 'nothing listens there'],
    ] as const) {
      const done = await herald(args);
      expect(done.code, args.join(' ')).to.equal(code);
      expect(done.stderr).to.contain(text);
    }
    expect(await readFile(file).catch(() => 'none')).to.equal('none');
  });

  it('gives way to options and variables, and never sends the token to another relay', async () => {
    const { herald } = await user();
    await herald(['login', address(), '--token', TOKEN]);
    const other = await world({ config: { token: 'another' } });
    const there = await herald(['devices', '--server', address(other)], { env: {} });
    expect(there).to.deep.include({ code: 1, stdout: '' });
    expect(there.stderr).to.contain('token');
    expect((await herald(['devices', '--server', address(other), '--token', 'another'])).code).to.equal(0);
    expect((await herald(['devices', '--token', 'wrong'])).stderr).to.contain('refuses the token');
    expect((await herald(['devices', '--server', address()])).code).to.equal(0);
  });

  it('is not used for the relay that a config names', async () => {
    const { herald, cwd } = await user();
    await herald(['login', 'http://127.0.0.1:1', '--token', TOKEN]);
    await herald(['login', address(), '--token', TOKEN]);
    await writeFile(join(cwd, 'other.json'), JSON.stringify({ token: TOKEN, http: { port: 1, host: '127.0.0.1' } }));
    expect((await herald(['devices', '--config', 'other.json'])).stderr).to.contain('http://127.0.0.1:1');
  });

  it('refuses a file that others can read, or that is damaged', async () => {
    const { file, herald } = await user();
    await herald(['login', address(), '--token', TOKEN]);
    await chmod(file, 0o644);
    expect((await herald(['devices'])).stderr).to.contain('can be read by others: run herald logout');
    await chmod(file, 0o600);
    for (const text of ['no JSON', '{}', '{"server":5}', '[]']) {
      await writeFile(file, text);
      expect((await herald(['devices'])).stderr).to.contain('is damaged: run herald logout');
    }
  });
});

describe('herald logout', () => {
  it('forgets what login keeps', async () => {
    const { file, herald } = await user();
    await herald(['login', address(), '--token', TOKEN]);
    expect(await herald(['logout'])).to.deep.equal({ code: 0, stdout: `${file} is removed\n`, stderr: '' });
    expect((await herald(['logout'])).stdout).to.equal('there was no login\n');
    expect((await herald(['logout', '--json'])).stdout).to.equal('{"removed":false}\n');
  });
});
