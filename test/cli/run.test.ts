import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { commands } from '../../server/cli/index.ts';
import { cli } from './harness.ts';

describe('run', () => {
  it('prints the version of the package', async () => {
    const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));
    for (const option of ['--version', '-v']) {
      expect(await cli([option])).to.deep.equal({ code: 0, stdout: `${version}\n`, stderr: '' });
    }
  });

  it('lists every command in its help', async () => {
    const { code, stdout } = await cli(['--help']);
    expect(code).to.equal(0);
    const width = Math.max(...commands.map(({ name }) => name.length));
    for (const { name, summary } of commands) expect(stdout).to.contain(`  ${name.padEnd(width)} ${summary}\n`);
    for (const form of ['-h', 'help']) expect((await cli([form])).stdout).to.equal(stdout);
  });

  for (const { name, load } of commands) {
    it(`explains each option of ${name}`, async () => {
      const { code, stdout, stderr } = await cli([name, '--help', 'and', 'words']);
      expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
      expect(stdout).to.match(/^usage: herald /);
      for (const option of Object.keys((await load()).options)) expect(stdout).to.contain(`  --${option}`);
      for (const line of stdout.split('\n')) expect(line.length).to.be.at.most(120);
      expect((await cli(['help', name])).stdout).to.equal(stdout);
    });
  }

  it('names an unknown command', async () => {
    const result = { code: 2, stdout: '', stderr: 'herald: unknown command sned; did you mean send?\n' };
    expect(await cli(['sned', 'x'])).to.deep.equal(result);
    expect(await cli(['help', 'sned'])).to.deep.equal(result);
    expect((await cli(['frobnicate'])).stderr).to.equal('herald: unknown command frobnicate; see herald --help\n');
  });

  it('serves without a command', async () => {
    const { code, stderr } = await cli(['--port', 'x', '--frobnicate']);
    expect(code).to.equal(2);
    expect(stderr).to.equal('herald: --port: expected a number from 0 to 65535\nherald: unknown option --frobnicate\n');
  });
});
