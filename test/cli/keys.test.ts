import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { eventually } from '../support/eventually.ts';
import { sharedWorld } from '../support/shared-world.ts';
import { tempDir } from '../support/temp-dir.ts';
import { TOKEN } from '../world.ts';
import { cli } from './harness.ts';

describe('herald keys', () => {
  const shared = sharedWorld();
  const keys = (...args: string[]) => cli(['keys', ...args, '--server', shared().url(), '--token', TOKEN]);

  it('takes the secret for signatures from a file or the input, and never shows it', async () => {
    const dir = await tempDir();
    const file = join(dir, 'secret');
    await writeFile(file, 'whispered\nmore\n');
    expect((await keys('create', 'forge', '--device', 'phone', '--secret-file', file)).stdout).to.match(/^key +A/);
    const input = ['keys', 'create', 'piped', '--device', 'phone', '--secret-file', '-'];
    const piped = await cli([...input, '--server', shared().url(), '--token', TOKEN], { input: 'whispered' });
    expect(piped.stdout).to.match(/^key +A/);
    const [, key = ''] = /^key +(\w+)/.exec(piped.stdout) ?? [];
    const post = (secret: string) =>
      shared().fetch(`/hook/${key}`, { method: 'POST', body: '{}', headers: { 'x-gitlab-token': secret } });
    expect([(await post('whispered')).status, (await post('other')).status]).to.deep.equal([200, 403]);
    const listed = [await keys('list'), await keys('list', '--json')];
    for (const { stdout } of listed) expect(stdout).to.not.contain('whispered');
    expect(listed[0]?.stdout).to.match(/forge .* set +on/);
    expect(listed[1]?.stdout).to.contain('"signed":true');
    await writeFile(file, '\n');
    const empty = await keys('create', 'x', '--device', 'phone', '--secret-file', file);
    expect([empty.code, empty.stderr]).to.deep.equal([1, `herald: there is no secret in the first line of ${file}\n`]);
    const absent = await keys('create', 'x', '--device', 'phone', '--secret-file', join(dir, 'absent'));
    expect([absent.code, absent.stderr.includes('cannot read')]).to.deep.equal([1, true]);
    expect((await keys('create', 'x', '--secret', 'a', '--secret-file', file)).code).to.equal(2);
    expect((await keys('rotate', 'forge', '--secret-file', file)).code).to.equal(2);
    for (const name of ['forge', 'piped']) await keys('rm', name);
  });

  it('creates a key and prints what to paste, lists, rotates and removes it', async () => {
    expect((await keys()).stdout).to.equal('there is no key yet; herald keys create makes one\n');
    const made = await keys('create', 'nas', '--device', 'phone', '--groups', 'home,all', '--rate', '60/m,120');
    expect(made.stdout).to.match(
      /^key +A\w{14}\ncurl +curl -H 'Authorization: Bearer A\w{14}' -d 'Hello' 'http:\S+\/phone\.send'\nwebhook +http:\S+\/phone\.send\?token=A\w{14}\nntfy +http:\S+\/phone\n[\s\S]*\nbark +http:\S+\/A\w{14}\n/,
    );
    const [, key = ''] = /^key +(\w+)/.exec(made.stdout) ?? [];
    expect((await shared().fetch(`/phone.send?wait=0&text=x&token=${key}`)).status).to.equal(200);
    const info = JSON.parse((await keys('list', '--json')).stdout);
    expect(info).to.deep.include({ name: 'nas', groups: ['home', 'all'], rate: { perMinute: 60, burst: 120 } });
    await eventually('the first use is stored', async () => (await keys('list')).stdout.includes(' by mpush'));
    const { stdout } = await keys('list');
    expect(stdout.split('\n')[0]?.split(/ {2,}/)).to.deep.equal([
      'NAME',
      'SENDS TO',
      'RECEIVES',
      'SENT',
      'LAST USED',
      'SECRET',
      'STATE',
      'FROM',
    ]);
    expect(stdout)
      .to.match(/nas +phone .* by mpush +on +registry\n$/)
      .and.not.contain(key);
    const rotated = await keys('rotate', 'nas', '--keep', '0');
    expect(rotated.stdout)
      .to.match(/^key +A\w{14}\n/)
      .and.not.contain(key);
    expect((await shared().fetch(`/phone.send?wait=0&text=x&token=${key}`)).status).to.equal(401);
    expect((await keys('rm', 'nas')).stdout).to.equal('nas is removed\n');
    expect((await keys('remove', 'nas')).code).to.equal(4);
  });

  it('makes keys that only receive, expire, or manage', async () => {
    const before = Date.now();
    const made = await keys('create', 'reader', '--send', '', '--receive', 'phone,a*', '--expires', '90d', '--json');
    const { key, receive, send, expires } = JSON.parse(made.stdout);
    expect({ letter: key[0], receive, send }).to.deep.equal({ letter: 'C', receive: ['phone', 'a*'], send: [] });
    expect(expires).to.be.within(before + 90 * 86_400_000, Date.now() + 90 * 86_400_000);
    const boss = JSON.parse(
      (await keys('create', 'boss', '--group', 'all', '--manage', '--priority', '5', '--json')).stdout,
    );
    expect(boss).to.include({ group: 'all', manage: true, priority: 5 });
  });

  it('names what is wrong with a command line', async () => {
    const wrong: [args: string[], said: string][] = [
      [['burn', 'x'], 'unexpected burn; expected list, create, rotate, remove or rm'],
      [['create'], '<NAME> is missing'],
      [['list', 'x'], 'unexpected x'],
      [['list', '--device', 'x'], '--device goes only with create'],
      [['create', 'x', '--keep', '1d'], '--keep goes only with rotate'],
      [['create', 'x', '--rate', 'fast'], '--rate'],
      [['create', 'x', '--priority', '9'], '--priority'],
      [['create', 'x', '--expires', 'soon'], '--expires'],
    ];
    for (const [args, said] of wrong) {
      const { code, stderr } = await keys(...args);
      expect([code, stderr], args.join(' ')).to.satisfy(
        ([exit, text]: [number, string]) => exit === 2 && text.includes(said),
      );
    }
    const both = await keys('create', 'x', '--device', 'a', '--group', 'b');
    expect([both.code, both.stderr]).to.satisfy(
      ([exit, text]: [number, string]) => exit !== 0 && text.includes('not both'),
    );
  });
});
