import { readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { redisConfig } from '../../server/backends/redis/config.ts';
import { parseRedisUrl } from '../../server/backends/redis/url.ts';
import { linesOf, readRows, run, start } from '../support/blocks.ts';
import { onCleanup } from '../support/cleanup.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { describePage, type Line, root } from '../support/page.ts';
import { startRedis } from '../support/redis/server.ts';
import { onRedis } from '../support/redis/worlds.ts';
import { connect } from '../support/socket.ts';
import { world } from '../world.ts';

/** Starts Redis, two nodes and nginx with five commands, on free ports in place of those of the page. */
async function startTwoNodes({ dir, code, block }: Line): Promise<void> {
  await symlink(join(root, 'dist'), join(dir, 'dist'));
  const [redis, first, second, front] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
  const ports = { '6379': redis, '9093': first, '9095': second, '8080': front };
  const pattern = new RegExp(Object.keys(ports).join('|'), 'g');
  const fill = (text: string) => text.replace(pattern, (shown) => String(ports[shown as keyof typeof ports]));
  expect(code.trim().split('\n')).to.have.length(5);
  await writeFile(join(dir, 'two-nodes.conf'), fill(block('file: two-nodes.conf')));

  // Both put themselves into the background.
  onCleanup(() => run(`redis-cli -p ${redis} shutdown nosave`, {}, dir));
  onCleanup(() => run('nginx -p "$PWD" -e nginx.log -c two-nodes.conf -s stop', {}, dir));
  const path = [process.env['PATH'], '/usr/sbin', '/sbin'].join(':');
  const shell = start(`${fill(code)}\nwait`, { PATH: path }, dir);
  const log: string[] = [];
  linesOf(shell.stderr).on('line', (line) => log.push(line));
  linesOf(shell.stdout).on('line', () => {});

  const [, token = ''] = /HERALD_TOKEN=(\S+)/.exec(code) ?? [];
  const headers = { authorization: token, connection: 'close' };
  const get = async (port: number, pathname: string) => {
    const response = await fetch(`http://127.0.0.1:${port}${pathname}`, { headers });
    return { status: response.status, json: JSON.parse(await response.text()) };
  };
  const ready = async () => {
    const answers = await Promise.all([first, second, front].map((port) => get(port, '/ready')));
    return answers.every(({ status, json }) => status === 200 && json.nodes === 2);
  };
  await eventually('both nodes are ready', ready).catch((error: Error) => {
    throw new Error(`${error.message}\n${log.join('\n')}`);
  });

  const device = await connect(`ws://127.0.0.1:${front}/`);
  device.send({ cmd: 'AUTH', data: { token, name: 'phone' } });
  expect((await device.packet('AUTH')).data.code).to.equal(200);
  // One of these is not the node of the device.
  for (const port of [first, second, front]) {
    const reply = get(port, '/phone.send?text=hello');
    const { data } = await device.packet('MESSAGE');
    device.send({ cmd: 'MESSAGE_CALLBACK', data: { mid: data.mid } });
    expect((await reply).json.data).to.include({ phone: 'ok' });
  }

  const { json } = await get(front, '/v1/nodes');
  expect(json.redis).to.include({ mode: 'single', durability: 'second', nodes: 2 });
  const names = json.nodes.map(({ name }: { name: string }) => name);
  const named = log.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line).node);
  expect(new Set(named), 'each line of the log names its node').to.deep.equal(new Set(names));
}

describePage('docs/cluster', { own: ['acl'], steps: { 'two nodes': startTwoNodes } }, (page) => {
  it('gives a user that may do all that a node does', async () => {
    const redis = await startRedis({ config: { appendonly: 'yes' } });
    await redis.command(...page.block('acl').trim().split(' '));
    const url = redis.url().replace('redis://', 'redis://herald:secret@');
    const node = await world(onRedis(url));
    const device = await node.device('phone', { acknowledge: true });
    expect((await node.request('/phone.send?text=hello')).json.data).to.include({ phone: 'ok' });
    expect((await node.request('/v1/nodes')).json.redis.promise).to.include('the last second or two');
    device.ws.terminate();
    await redis.command('SET', 'foreign', '1');
    await node.stop();
    expect(await redis.command('ACL', 'LOG'), 'nothing was refused').to.deep.equal([]);
  });

  it('tells every durability, and URLs that work', async () => {
    const config = redisConfig.parse({ url: 'redis://h' });
    const rows = await readRows(page.english);
    const text = await readFile(page.english, 'utf8');
    for (const durability of ['disk', 'second', 'replica', 'memory'])
      expect(text).to.match(new RegExp(`^\\| \`${durability}\` (?:\\(default\\) )?\\|`, 'm'));
    expect(text).to.include(`\`${config?.durability}\` (default)`);
    const urls = [...rows.keys()].filter((key) => key.includes('://') && !key.includes('…'));
    expect(urls).to.have.length(4);
    for (const url of urls) expect(parseRedisUrl(url), url).to.not.have.property('problem');
  });
});
