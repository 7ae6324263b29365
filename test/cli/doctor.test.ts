import { copyFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import Database from 'libsql';
import { tempDir } from '../support/temp-dir.ts';
import { TOKEN, type World, world } from '../world.ts';
import { cli } from './harness.ts';

let relay: World;
let cwd: string;

async function folder(dir: string, http: object = { port: 1, host: '127.0.0.1' }): Promise<string> {
  const made = await tempDir();
  await writeFile(join(made, 'config.json'), JSON.stringify({ token: TOKEN, storage: { dir }, http }));
  return made;
}

/** The findings about files. */
const aboutFiles = (stdout: string) =>
  stdout.split('\n').filter((line) => line.includes(relay.dir) && /\.(?:json|journal|db)/.test(line));

beforeEach(async () => {
  relay = await world();
  await relay.device('a');
  for (const text of ['one', 'two']) await relay.request(`/a.send?text=${text}&wait=0`);
  cwd = await folder(relay.dir);
});

/** Changes the database behind the relay's back. */
async function damage(sql: string): Promise<void> {
  await relay.stop();
  const db = new Database(join(relay.dir, 'messages.db'));
  db.exec(sql);
  db.close();
}

describe('herald doctor', () => {
  it('reports no problem while the relay runs, or afterwards', async () => {
    // A read brings everything into the tables.
    await relay.request('/v1/devices/a/messages');
    const running = await cli(['doctor'], { cwd });
    expect(running).to.deep.include({ code: 0, stderr: '' });
    const found = aboutFiles(running.stdout);
    expect(found).to.deep.equal([
      `ok       ${join(relay.dir, 'registry.json')}: can be read (devices, apps and keys)`,
      `ok       ${join(relay.dir, 'keys.json')}: can be read (keys)`,
      `ok       ${join(relay.dir, 'messages.journal')}: is whole (0 groups of changes for messages.db)`,
      `ok       ${join(relay.dir, 'messages.db')}: is whole`,
      `ok       ${join(relay.dir, 'messages.db')}: all 2 messages can be read`,
    ]);
    await relay.stop();
    const ended = found.filter((line) => !line.includes('messages.journal'));
    expect(aboutFiles((await cli(['doctor'], { cwd })).stdout)).to.deep.equal(ended);
  });

  it('names messages that cannot be read', async () => {
    await damage("UPDATE messages SET json = 'null' WHERE mid = (SELECT min(mid) FROM messages)");
    const { code, stdout } = await cli(['doctor', '--json'], { cwd });
    expect(code).to.equal(1);
    const problems = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .filter(({ state }) => state === 'problem');
    expect(problems).to.have.length(1);
    expect(problems[0].text).to.match(/^1 of 2 messages cannot be read and are skipped: \d+$/);
  });

  it('names files that are missing or invalid', async () => {
    await relay.stop();
    await rm(join(relay.dir, 'registry.json'));
    await rm(join(relay.dir, 'registry.json.bak'), { force: true });
    await writeFile(join(relay.dir, 'keys.json'), 'no JSON');
    const { code, stdout } = await cli(['doctor'], { cwd });
    expect(code).to.equal(1);
    expect(stdout).to.match(/^problem {2}\S+registry\.json: is missing, and other files of the relay are there$/m);
    expect(stdout).to.match(/^problem {2}\S+keys\.json: is not JSON; /m);
  });

  it('says that the relay goes on with the last version only where that can be read', async () => {
    await relay.stop();
    const file = join(relay.dir, 'registry.json');
    const text = async () => aboutFiles((await cli(['doctor'], { cwd })).stdout)[0];
    await copyFile(file, `${file}.bak`);
    await writeFile(file, 'no JSON');
    expect(await text()).to.equal(`problem  ${file}: is not JSON; the relay goes on with registry.json.bak`);
    await rm(file);
    expect(await text()).to.equal(`problem  ${file}: is missing; the relay goes on with registry.json.bak`);
    await writeFile(`${file}.bak`, 'no JSON');
    expect(await text()).to.equal(`problem  ${file}: is missing; restore a backup`);
    await writeFile(file, 'no JSON');
    expect(await text()).to.equal(`problem  ${file}: is not JSON; restore a backup`);
  });

  it('names a file that is not a database', async () => {
    await relay.stop();
    await writeFile(join(relay.dir, 'messages.db'), 'x'.repeat(9000));
    const { code, stdout } = await cli(['doctor'], { cwd });
    expect(code).to.equal(1);
    expect(stdout).to.match(/^problem {2}\S+messages\.db: cannot be read: file is not a database/m);
  });

  it('reports no problem for a relay that never started', async () => {
    const { code, stdout } = await cli(['doctor'], { cwd: await folder('none') });
    expect(code).to.equal(0);
    expect(stdout).to.match(/is not there yet/);
  });

  it('checks what a running relay says, and says what to do', async () => {
    const { http: port } = relay.ports;
    const { code, stdout } = await cli(['doctor'], { cwd: await folder(relay.dir, own(port)) });
    expect(code).to.equal(0);
    expect(stdout).to.match(/^ok {7}config: it can be read$/m);
    expect(stdout).to.match(/^ok {7}storage\.dir: [\d.]+ [GM]iB free in /m);
    expect(stdout).to.match(/^(?:ok|warning) +descriptors: \d+ files and sockets may be open$/m);
    expect(stdout).to.include(`ok       relay: http://127.0.0.1:${port} runs, version 0.0.0-test\n`);
    expect(stdout).to.match(
      /^warning {2}http\.url: \S+ works only on this machine: [^\n]+\n {9}put the relay behind https/m,
    );
    expect(stdout).to.match(/^skipped {2}push: no device gets pushes yet$/m);
  });

  it('calls the relay through its public address', async () => {
    const { http: port } = relay.ports;
    const through = { port, host: '127.0.0.1', url: `http://localhost:${port}` };
    const { code, stdout } = await cli(['doctor', '--json'], { cwd: await folder(relay.dir, through) });
    expect(code).to.equal(0);
    const found = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(found.find(({ check }) => check === 'proxy')).to.deep.equal({
      check: 'proxy',
      state: 'ok',
      text: 'the relay sees callers as 127.0.0.1',
    });
    const other = await world();
    const wrong = await cli(['doctor'], { cwd: await folder(relay.dir, { ...own(port), url: other.url('/') }) });
    expect(wrong.code).to.equal(1);
    expect(wrong.stdout).to.match(/^problem {2}http\.url: \S+ leads to another relay$/m);
    const none = await cli(['doctor'], { cwd: await folder(relay.dir, { ...own(port), url: 'http://127.0.0.1:1' }) });
    expect(none.stdout).to.match(/^problem {2}http\.url: \S+ cannot be reached from here: nothing listens there$/m);
    await other.stop();
  });

  it('says what is wrong with the config, and checks nothing else', async () => {
    const { code, stdout } = await cli(['doctor'], { cwd: await folder(relay.dir, { prot: 1 }) });
    expect(code).to.equal(2);
    expect(stdout).to.match(/^problem {2}config: .*http\.prot.*\n {9}correct the config/);
    expect(stdout.trim().split('\n')).to.have.length(2);
  });

  it('finds a relay that was named and does not run, or refuses the token', async () => {
    const missing = await cli(['doctor', '--server', 'http://127.0.0.1:1', '--token', 'x'], { cwd });
    expect(missing.code).to.equal(1);
    expect(missing.stdout).to.match(/^problem {2}relay: \S+ cannot be reached: nothing listens there$/m);
    const address = relay.url('').replace(/\/$/, '');
    const refused = await cli(['doctor', '--server', address, '--token', 'wrong'], { cwd });
    expect(refused.stdout).to.match(/^warning {2}relay: it refuses the token$/m);
  });
});

const own = (port: number) => ({ port, host: '127.0.0.1' });
