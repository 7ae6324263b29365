import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { expect } from 'chai';
import { onCleanup } from '../support/cleanup.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { Page } from '../support/page.ts';
import { connect } from '../support/socket.ts';
import { tempDir } from '../support/temp-dir.ts';
import { TOKEN, world } from '../world.ts';

/** Longest time in ms that Caddy may take to start and to make its certificates. */
const LIMIT = 60_000;

describe('the Caddyfile of docs/https', () => {
  it('carries a message from https to a device on wss, with the address of the sender', async () => {
    const relay = await world({ config: { http: { trustProxy: true } } });
    const [dir, port, plain] = [await tempDir(), await freePort(), await freePort()];
    const replacements: [string, string][] = [
      ['herald.example.com {', `https://localhost:${port} {\n\ttls internal`],
      ['127.0.0.1:9093', `127.0.0.1:${relay.relay.ports.http}`],
    ];
    const file = replacements.reduce((text, [placeholder, value]) => {
      expect(text).to.include(placeholder);
      return text.replace(placeholder, value);
    }, new Page('docs/https').block('caddyfile'));
    const global = `{\n\tadmin off\n\tskip_install_trust\n\thttp_port ${plain}\n}\n`;
    await writeFile(join(dir, 'Caddyfile'), global + file);
    const caddy = spawn('caddy', ['run', '--config', join(dir, 'Caddyfile')], {
      env: { PATH: process.env['PATH'], HOME: dir, XDG_DATA_HOME: dir, XDG_CONFIG_HOME: dir },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const said: string[] = [];
    caddy.stderr.on('data', (bytes) => said.push(String(bytes)));
    const exited = once(caddy, 'exit');
    onCleanup(async () => {
      caddy.kill();
      await exited;
    });
    const authority = join(dir, 'caddy/pki/authorities/local/root.crt');
    const ask = async (path: string, headers: Record<string, string> = {}) => {
      const ca = await readFile(authority);
      const sent = request({ host: 'localhost', port, path, ca, agent: false, headers });
      sent.end();
      const [response] = await once(sent, 'response');
      return { status: response.statusCode as number, text: await readText(response) };
    };
    await eventually('Caddy answers', async () => (await ask('/health')).status === 200, { limit: LIMIT }).catch(
      (error: Error) => {
        throw new Error(`${error.message}\n${said.join('')}`, { cause: error });
      },
    );

    const phone = await connect(`wss://localhost:${port}/`, { ca: await readFile(authority) });
    phone.send({ cmd: 'AUTH', data: { token: TOKEN, name: 'phone' } });
    expect((await phone.packet('AUTH')).data.code).to.equal(200);
    const reply = ask('/phone.send?text=%E4%BD%A0%E5%A5%BD', { authorization: TOKEN });
    const { data } = await phone.packet('MESSAGE');
    expect(data.message.text).to.equal('你好');
    phone.send({ cmd: 'MESSAGE_CALLBACK', data: { mid: data.mid } });
    expect(JSON.parse((await reply).text).data.phone).to.equal('ok');

    // What a client claims about itself does not count: a wrong token is counted for the address that Caddy sees.
    const forged = (address: string) => ask('/v1/me', { authorization: address, 'x-forwarded-for': address });
    const statuses = [];
    for (let guess = 0; guess < 12; guess += 1) statuses.push((await forged(`192.0.2.${guess}`)).status);
    expect(statuses.at(0)).to.equal(401);
    expect(statuses.at(-1)).to.equal(429);
  });
});
