import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { onCleanup } from '../support/cleanup.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { connect } from '../support/socket.ts';
import { tempDir } from '../support/temp-dir.ts';
import { debianRoot, type Machine, startMachine, writeInto } from './support/debian-root.ts';
import { startRegistry } from './support/registry.ts';
import { packTarball } from './support/tarball.ts';

const run = promisify(execFile);

/** Packs the relay, as a version of its own if one is given. */
async function pack(version?: string): Promise<string> {
  return packTarball(await tempDir(), version === undefined ? {} : { version });
}

/** Installs a tarball for all users of a root, as `npm i -g` does inside it. */
async function install(root: string, tarball: string): Promise<void> {
  const registry = await startRegistry();
  onCleanup(() => registry.close());
  const options = ['--global', '--prefix', join(root, 'usr/local'), '--no-audit', '--no-fund'];
  await run('npm', ['install', ...options, tarball], { env: { ...process.env, npm_config_registry: registry.url } });
}

/** A machine with the relay installed, and the port that its config names. */
async function machineWithRelay(): Promise<{ machine: Machine; url: string; root: string }> {
  const root = await debianRoot();
  await install(root, await pack());
  const port = await freePort();
  const config = { http: { host: '127.0.0.1', port }, storage: { dir: '/var/lib/herald' } };
  await writeInto(root, 'etc/herald/config.json', JSON.stringify(config));
  return { machine: await startMachine(root), url: `http://127.0.0.1:${port}`, root };
}

describe('herald service on a Debian with systemd', function () {
  this.timeout(300_000);

  it('installs, survives restarts and updates with messages waiting, and leaves', async () => {
    const { machine, url, root } = await machineWithRelay();
    const state = async (property: string) =>
      (await machine.run('systemctl', 'show', 'herald', '--property', property, '--value')).stdout.trim();
    const { stdout } = await machine.run('herald', 'service', 'install');
    expect(stdout).to.include('the service herald is installed and runs');
    expect(await state('User')).to.equal('herald');
    expect((await machine.run('systemctl', 'is-enabled', 'herald')).stdout.trim()).to.equal('enabled');
    const token = (await machine.run('herald', 'token')).stdout.trim();
    // The journal has no secret: neither the token nor a pairing code.
    const journal = (await machine.run('journalctl', '--unit', 'herald', '--no-pager')).stdout;
    expect(journal).to.include('herald is ready').and.not.to.include(token);
    expect(journal).not.to.include('#pair=');

    const register = { cmd: 'AUTH', data: { name: 'phone', token, group: '' } };
    const phone = await connect(url.replace('http', 'ws'));
    phone.send(register);
    await phone.packet('AUTH');
    phone.ws.close();
    const headers = { authorization: token };
    const send = async (text: string) => (await fetch(`${url}/phone.send?text=${text}&wait=0`, { headers })).status;
    expect(await send('before')).to.equal(200);
    await machine.run('systemctl', 'restart', 'herald');
    await eventually('it answers after the restart', async () => (await fetch(`${url}/health`)).ok);
    expect(await send('between')).to.equal(200);

    await install(root, await pack('99.0.0'));
    await machine.run('systemctl', 'restart', 'herald');
    const version = async () => ((await (await fetch(`${url}/health`)).json()) as { version: string }).version;
    await eventually('the new version answers', async () => (await version()) === '99.0.0');
    const again = await connect(url.replace('http', 'ws'));
    again.send(register);
    const texts = [await again.packet('MESSAGE'), await again.packet('MESSAGE')].map(
      ({ data }) => (data as { message: { text: string } }).message.text,
    );
    expect(texts).to.deep.equal(['before', 'between']);
    again.ws.close();
    expect(await state('NRestarts')).to.equal('0');

    // A config that cannot be read keeps the service down, and the command says where to look.
    const config = await readFile(join(root, 'etc/herald/config.json'), 'utf8');
    await writeInto(root, 'etc/herald/config.json', '{ "http": { "prot": 1 } }');
    const failed = await machine.run('herald', 'service', 'install').catch((error: { stderr: string }) => error);
    expect(failed.stderr).to.include('prot');
    await writeInto(root, 'etc/herald/config.json', config);
    expect((await machine.run('herald', 'service', 'install')).stdout).to.include('is updated and runs');

    const exposure = (await machine.run('systemd-analyze', 'security', 'herald', '--no-pager')).stdout;
    expect(Number(/Overall exposure level for herald.service: ([\d.]+)/.exec(exposure)?.[1])).to.be.at.most(2);

    expect((await machine.run('herald', 'service', 'uninstall')).stdout).to.include(
      'the data stays in /var/lib/herald',
    );
    expect((await machine.run('ls', '/var/lib/herald')).stdout).to.include('messages.db');
    await machine.run('herald', 'service', 'uninstall', '--purge');
    expect((await machine.run('ls', '/var/lib', '/etc')).stdout).not.to.include('herald');
  });
});
