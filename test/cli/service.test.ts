import { spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { unitFor } from '../../server/cli/service.ts';
import { onCleanup } from '../support/cleanup.ts';
import { cli } from './harness.ts';

/** A program in a folder that everybody may enter. It is not below TMPDIR, which may be closed to others. */
async function program(...parts: string[]): Promise<string> {
  const dir = await mkdtemp('/tmp/herald-program-');
  onCleanup(() => rm(dir, { recursive: true }));
  await chmod(dir, 0o755);
  const path = join(dir, ...parts);
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, '');
  return path;
}

describe('unitFor', () => {
  it('names the installation, quoted for systemd', async () => {
    const script = await program('50% "new" $HOME', 'main.js');
    const unit = unitFor('/usr/bin/env', script);
    expect(unit).to.include(
      `ExecStart="/usr/bin/env" "${script.replace('50% "new" $HOME', '50%% \\"new\\" $$$$HOME')}" serve --config /etc/herald/config.json\n`,
    );
    expect(unit).to.include('ProtectHome=yes');
    const odd = await program('new\nUser=root', 'main.js');
    expect(unitFor('/usr/bin/env', odd))
      .to.include(`/new\\x0aUser=root/main.js" serve`)
      .and.not.match(/^User=root/m);
  });

  it('refuses a program that the user of the service could not read', async () => {
    const script = await program('closed', 'main.js');
    await chmod(join(script, '..'), 0o700);
    expect(() => unitFor('/usr/bin/env', script)).to.throw(`others may not enter ${join(script, '..')}`);
    await chmod(join(script, '..'), 0o755);
    await chmod(script, 0o640);
    expect(() => unitFor('/usr/bin/env', script)).to.throw(`others may not enter ${script}`);
  });

  it('refuses a relay that is not built', () => {
    expect(() => unitFor('/usr/bin/env', '/usr/lib/herald/main.ts')).to.throw('the service needs the built relay');
  });
});

describe('deploy/herald.service', () => {
  it('takes from the relay what it does not need', () => {
    const { error, status, stdout, stderr } = spawnSync(
      'systemd-analyze',
      ['security', '--offline=true', '--threshold=20', 'deploy/herald.service'],
      { encoding: 'utf8' },
    );
    expect(error?.message, 'install it with: sudo apt-get install systemd').to.equal(undefined);
    expect(status, stdout + stderr).to.equal(0);
  });
});

describe('herald service', () => {
  it('tells with --json where its files are', async () => {
    // Neither the checkout nor Node.js has to be where others may enter.
    const { argv, execPath } = process;
    onCleanup(() => Object.assign(process, { argv, execPath }));
    Object.assign(process, { argv: [execPath, await program('main.js')], execPath: '/usr/bin/env' });
    const { code, stdout, stderr } = await cli(['service', 'install', '--dry-run', '--json']);
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).to.have.all.keys('unit', 'config', 'data');
  });

  for (const [words, expected] of [
    [[], '<install|uninstall> is missing'],
    [['remove'], 'unexpected remove; expected install or uninstall'],
    [['install', '--purge'], '--purge belongs to uninstall'],
    [['uninstall', '--dry-run'], '--dry-run belongs to install'],
  ] as const) {
    it(`refuses ${['service', ...words].join(' ')}`, async () => {
      expect(await cli(['service', ...words])).to.deep.include({ code: 2, stderr: `herald: ${expected}\n` });
    });
  }
});
