import { copyFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import Database from 'libsql';
import { tempDir } from '../support/temp-dir.ts';
import { TOKEN, type World, world } from '../world.ts';
import { cli } from './harness.ts';

let relay: World;
let cwd: string;

async function folder(dir: string): Promise<string> {
  const made = await tempDir();
  await writeFile(join(made, 'config.json'), JSON.stringify({ token: TOKEN, storage: { dir } }));
  return made;
}

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
    expect(running.stdout).to.equal(
      [
        `ok       ${join(relay.dir, 'registry.json')} can be read (devices, apps and keys)`,
        `ok       ${join(relay.dir, 'keys.json')} can be read (keys)`,
        `ok       ${join(relay.dir, 'messages.journal')} is whole (0 groups of changes for messages.db)`,
        `ok       ${join(relay.dir, 'messages.db')} is whole`,
        `ok       ${join(relay.dir, 'messages.db')} all 2 messages can be read`,
        '',
      ].join('\n'),
    );
    await relay.stop();
    const ended = running.stdout.replace(/.*messages\.journal.*\n/, '');
    expect((await cli(['doctor'], { cwd })).stdout).to.equal(ended);
  });

  it('names messages that cannot be read', async () => {
    await damage("UPDATE messages SET json = 'null' WHERE mid = (SELECT min(mid) FROM messages)");
    const { code, stdout } = await cli(['doctor', '--json'], { cwd });
    expect(code).to.equal(1);
    const problems = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .filter(({ ok }) => !ok);
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
    expect(stdout).to.match(/^problem {2}\S+registry\.json is missing, and other files of the relay are there$/m);
    expect(stdout).to.match(/^problem {2}\S+keys\.json is not JSON; /m);
  });

  it('says that the relay goes on with the last version only where that can be read', async () => {
    await relay.stop();
    const file = join(relay.dir, 'registry.json');
    const text = async () => (await cli(['doctor'], { cwd })).stdout.split('\n')[0];
    await copyFile(file, `${file}.bak`);
    await writeFile(file, 'no JSON');
    expect(await text()).to.equal(`problem  ${file} is not JSON; the relay goes on with registry.json.bak`);
    await rm(file);
    expect(await text()).to.equal(`problem  ${file} is missing; the relay goes on with registry.json.bak`);
    await writeFile(`${file}.bak`, 'no JSON');
    expect(await text()).to.equal(`problem  ${file} is missing; restore a backup`);
    await writeFile(file, 'no JSON');
    expect(await text()).to.equal(`problem  ${file} is not JSON; restore a backup`);
  });

  it('names a file that is not a database', async () => {
    await relay.stop();
    await writeFile(join(relay.dir, 'messages.db'), 'x'.repeat(9000));
    const { code, stdout } = await cli(['doctor'], { cwd });
    expect(code).to.equal(1);
    expect(stdout).to.match(/^problem {2}\S+messages\.db cannot be read: file is not a database/m);
  });

  it('reports no problem for a relay that never started', async () => {
    const { code, stdout } = await cli(['doctor'], { cwd: await folder('none') });
    expect(code).to.equal(0);
    expect(stdout).to.match(/is not there yet/);
  });
});
