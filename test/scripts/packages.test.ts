import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const script = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), '.scripts', 'packages.mjs');

interface Row {
  command: string;
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
});
