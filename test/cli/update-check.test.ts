import { chmod, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { root, version } from '../../server/base/installation.ts';
import { compareVersions, updateCommand } from '../../server/cli/update-check.ts';
import { tempDir } from '../support/temp-dir.ts';
import { cli } from './harness.ts';

/** Runs the command where npm is a shell script. */
async function check(script: string, ...args: string[]) {
  const cwd = await tempDir();
  const npm = join(cwd, 'npm');
  await writeFile(npm, `#!/bin/sh\necho "$*" > '${cwd}/asked'\n${script}\n`);
  await chmod(npm, 0o755);
  const result = await cli(['update-check', ...args], {
    cwd,
    env: { PATH: `${cwd}${delimiter}${process.env['PATH']}` },
  });
  return { ...result, asked: await readFile(join(cwd, 'asked'), 'utf8') };
}

const UPDATE = updateCommand(fileURLToPath(root));

const unknown = (why: string) => ({
  code: 1,
  stdout: '',
  stderr: `herald: the newest version is unknown: ${why}. This is ${version}; nothing has changed\n`,
});

describe('herald update-check', () => {
  it('says that there is a newer version, and how to get it', async () => {
    const { code, stdout, stderr, asked } = await check(`echo '"999.1.0"'`);
    expect({ code, stderr }).to.deep.equal({ code: 3, stderr: '' });
    expect(stdout).to.contain(`999.1.0 is out; this is ${version}. Update with:\n  ${UPDATE}\n`);
    expect(asked).to.match(/^view herald-relay@latest version --json /);
    const json = await check(`echo '"999.1.0"'`, '--json');
    expect(JSON.parse(json.stdout)).to.deep.equal({ version, newest: '999.1.0', update: UPDATE });
  });

  it('says that this is the newest version', async () => {
    for (const newest of [version, '0.0.1']) {
      expect(await check(`echo '"${newest}"'`)).to.include({ code: 0, stdout: `${version} is the newest version\n` });
    }
    expect(JSON.parse((await check(`echo '"${version}"'`, '--json')).stdout)).to.include({ update: null });
  });

  it('says why the newest version is unknown', async () => {
    const fails = (code: string) => `echo '{"error":{"code":"${code}","summary":"x"}}'; exit 1`;
    expect(await check(fails('ENOTFOUND'))).to.include(unknown("npm's registry cannot be reached (ENOTFOUND)"));
    expect(await check(fails('E404'))).to.include(unknown("npm's registry has no package herald-relay"));
    for (const odd of ['', '{}', '"<script>"', '[1]', 'not JSON']) {
      expect(await check(`echo '${odd}'`)).to.include(unknown("npm's registry cannot be reached"));
    }
    expect(await cli(['update-check'], { env: { PATH: '/nowhere' } })).to.deep.equal(
      unknown('npm cannot be started; it comes with Node.js'),
    );
  });
});

describe('updateCommand', () => {
  it('fits the installation', () => {
    const none = () => false;
    expect(updateCommand('/home/me/herald/', (path) => path === '/home/me/herald/.git')).to.equal(
      'git pull && npm start',
    );
    expect(updateCommand('/app/', (path) => path === '/.dockerenv')).to.contain('docker compose up -d --build');
    expect(updateCommand('/home/me/.npm/_npx/1a2b/node_modules/herald-relay/', none)).to.equal(
      'npx herald-relay@latest',
    );
    for (const exists of [none, (path: string) => path === '/.dockerenv']) {
      const command = updateCommand('/usr/lib/node_modules/herald-relay/', exists);
      expect(command).to.equal('npm install -g herald-relay@latest');
    }
  });
});

describe('compareVersions', () => {
  it('orders by numbers', () => {
    expect(compareVersions('0.10.0', '0.9.9')).to.be.above(0);
    expect(compareVersions('1.0.0', '1.0.0')).to.equal(0);
    expect(compareVersions('1.0.0-rc.1', '1.0.0')).to.equal(0);
    expect(compareVersions('1.2.3', '2.0.0')).to.be.below(0);
  });
});
