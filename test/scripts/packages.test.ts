import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const script = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), '.scripts', 'packages.mjs');

interface Row {
  command?: string;
  library?: string;
  package: string;
}

interface Packages {
  missingPackages(rows: Row[], path: string): Row[];
  systemPath(path: string): string;
}

describe('missingPackages', () => {
  let packages: Packages;
  before(async () => {
    packages = (await import(script)) as Packages;
  });

  it('names the rows whose program is nowhere on the path', () => {
    const present = { command: 'node', package: 'nodejs' };
    const absent = { command: 'no-such-program', package: 'no-such-package' };
    const path = dirname(process.execPath);
    expect(packages.missingPackages([present, absent], path)).to.deep.equal([absent]);
    expect(packages.missingPackages([present], '')).to.deep.equal([present]);
  });

  it('names the rows whose library is in no folder of the system', () => {
    const present = { library: 'libc.so.6', package: 'libc6' };
    const absent = { library: 'libnothing.so.9', package: 'libnothing9' };
    expect(packages.missingPackages([present, absent], '')).to.deep.equal([absent]);
  });

  it('looks where the programs of the system are, even when PATH leaves that out', () => {
    expect(packages.systemPath('/usr/bin').split(':')).to.include.members(['/usr/bin', '/usr/sbin', '/sbin']);
  });
});

describe('ensurePackages', () => {
  it('stops with the list and the command where nothing can be installed', () => {
    const code = `import { ensurePackages } from ${JSON.stringify(script)};
      ensurePackages([{ command: 'no-such-program', package: 'no-such-package' }]);`;
    const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
      encoding: 'utf8',
      env: { PATH: '/nonexistent' },
    });
    expect(status).to.equal(1);
    expect(stderr).to.include('The tests need no-such-program. Install with:\n  sudo apt-get install no-such-package');
  });

  it('installs what is missing with apt-get and stops the service that came along', () => {
    const folder = mkdtempSync(join(tmpdir(), 'herald-packages-'));
    try {
      const program = (name: string, code: string) => {
        writeFileSync(join(folder, name), `#!/bin/sh\n${code}\n`, { mode: 0o755 });
      };
      program('sudo', 'shift; "$@"');
      program('apt-get', `echo "apt-get $DEBIAN_FRONTEND $RUNLEVEL $*" >> ${folder}/log`);
      program('service', `echo "service $*" >> ${folder}/log`);
      const code = `import { ensurePackages } from ${JSON.stringify(script)};
        ensurePackages([{ command: 'no-such-program', package: 'no-such-package', service: 'no-such-service' }]);`;
      const { status } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
        env: { PATH: `${folder}:/usr/bin:/bin` },
      });
      expect(status).to.equal(0);
      expect(readFileSync(join(folder, 'log'), 'utf8')).to.equal(
        [
          'apt-get noninteractive 1 -qq update',
          'apt-get noninteractive 1 -qq install -y --no-install-recommends no-such-package',
          'service no-such-service stop',
          '',
        ].join('\n'),
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
