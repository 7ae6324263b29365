import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { openerFor } from '../../server/cli/open.ts';
import { eventually } from '../support/eventually.ts';
import { tempDir } from '../support/temp-dir.ts';
import { cli } from './harness.ts';

/** A folder with an xdg-open that writes what it should open, and ends with a code. */
async function desktop(code = 0) {
  const cwd = await tempDir();
  const program = join(cwd, 'xdg-open');
  await writeFile(program, `#!/bin/sh\nprintf '%s' "$1" > "${join(cwd, 'opened')}"\nexit ${code}\n`);
  await chmod(program, 0o755);
  return { cwd, env: { PATH: `${cwd}:${process.env['PATH']}`, DISPLAY: ':0' } };
}

const ADDRESS = ['--server', 'http://relay.test:9093/prefix', '--token', 'x'];

describe('herald open', () => {
  it('opens the page in a browser', async () => {
    const { cwd, env } = await desktop();
    const { code, stdout } = await cli(['open', ...ADDRESS], { cwd, env });
    expect({ code, stdout }).to.deep.equal({ code: 0, stdout: 'opened http://relay.test:9093/prefix/\n' });
    const opened = () => readFile(join(cwd, 'opened'), 'utf8').catch(() => '');
    await eventually('the browser opens', async () => (await opened()) === 'http://relay.test:9093/prefix/');
  });

  it('prints the address where there is no desktop, or no program that opens it', async () => {
    const { cwd, env } = await desktop(3);
    const address = { code: 0, stdout: 'http://relay.test:9093/prefix/\n', stderr: '' };
    expect(await cli(['open', ...ADDRESS])).to.deep.equal(address);
    expect(await cli(['open', ...ADDRESS], { cwd, env })).to.deep.equal(address);
    expect(await cli(['open', ...ADDRESS], { env: { DISPLAY: ':0', PATH: '/nowhere' } })).to.deep.equal(address);
    expect(JSON.parse((await cli(['open', ...ADDRESS, '--json'])).stdout)).to.deep.equal({
      url: 'http://relay.test:9093/prefix/',
      opened: false,
    });
  });

  it('opens the public address of the relay on this machine', async () => {
    const cwd = await tempDir();
    const http = { port: 9093, url: 'https://herald.example.com/h' };
    await writeFile(join(cwd, 'config.json'), JSON.stringify({ token: 'x', http }));
    expect((await cli(['open'], { cwd })).stdout).to.equal('https://herald.example.com/h/\n');
  });
});

describe('openerFor', () => {
  it('names the program of each system', () => {
    const url = 'http://relay/?a&b';
    expect(openerFor('darwin', {}, url)).to.deep.equal({ program: 'open', args: [url] });
    expect(openerFor('win32', {}, url)).to.deep.equal({
      program: 'rundll32',
      args: ['url.dll,FileProtocolHandler', url],
    });
    expect(openerFor('linux', { WAYLAND_DISPLAY: 'wayland-0' }, url)).to.deep.equal({
      program: 'xdg-open',
      args: [url],
    });
    expect(openerFor('linux', {}, url)).to.equal(undefined);
  });
});
