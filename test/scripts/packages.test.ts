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
  pythonModule?: string;
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

  it('names the rows whose module no Python on the path has', () => {
    const absent = { pythonModule: 'no_such_module', package: 'python3-nothing' };
    expect(packages.missingPackages([absent], process.env['PATH'] ?? '')).to.deep.equal([absent]);
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

  /**
   * Runs `ensurePackages` as an ordinary user where sudo, apt-get and service note how they are called.
   * @param failing how often apt-get fails first
   */
  function run(options: string, failing = 0) {
    const folder = mkdtempSync(join(tmpdir(), 'herald-packages-'));
    try {
      const program = (name: string, code: string) => {
        writeFileSync(join(folder, name), `#!/bin/sh\n${code}\n`, { mode: 0o755 });
      };
      writeFileSync(join(folder, 'log'), '');
      program('sudo', 'shift; "$@"');
      program(
        'apt-get',
        `echo "apt-get $DEBIAN_FRONTEND $RUNLEVEL $*" >> ${folder}/log
         [ "$(wc -l < ${folder}/log)" -gt ${failing} ] || { echo "no answer" >&2; exit 100; }`,
      );
      program('service', `echo "service $*" >> ${folder}/log`);
      const code = `import { ensurePackages } from ${JSON.stringify(script)};
        process.getuid = () => 1000;
        const rows = [{ command: 'no-such-program', package: 'no-such-package', service: 'no-such-service' }];
        ensurePackages(rows${options});`;
      const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
        encoding: 'utf8',
        env: { PATH: `${folder}:/usr/bin:/bin` },
      });
      return { status, stderr, log: readFileSync(join(folder, 'log'), 'utf8') };
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  it('changes nothing on the machine of somebody who did not ask for it, even where sudo wants no password', () => {
    const { status, stderr, log } = run('');
    expect(status).to.equal(1);
    expect(stderr).to.include('npm test -- --install');
    expect(log).to.equal('');
  });

  it('installs what is missing with --install, and stops the service that came along', () => {
    const { status, log } = run(', { install: true }');
    expect(status).to.equal(0);
    expect(log).to.equal(
      [
        'apt-get noninteractive 1 -qq update',
        'apt-get noninteractive 1 -qq install -y --no-install-recommends no-such-package',
        'service no-such-service stop',
        '',
      ].join('\n'),
    );
  });

  it('tries again when an archive does not answer', () => {
    const { status, stderr, log } = run(', { install: true, tries: { count: 3, pause: 0 } }', 2);
    expect(status, stderr).to.equal(0);
    expect(log.match(/update/g)).to.have.length(3);
  });

  it('says what is missing, how to install it and what apt-get said, once it has tried often enough', () => {
    const { status, stderr, log } = run(
      `, { install: true, suite: 'npm run test:some', tries: { count: 3, pause: 0 } }`,
      9,
    );
    expect(status).to.equal(1);
    expect(log.match(/update/g)).to.have.length(3);
    expect(stderr).to.include('no answer');
    expect(stderr).to.include('The tests need no-such-program. Install with:\n  sudo apt-get install no-such-package');
    expect(stderr).to.include('npm run test:some -- --install');
  });
});
