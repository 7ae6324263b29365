import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import type { NodeInfo } from '../../shared/api.ts';
import { onCleanup } from '../support/cleanup.ts';
import { TOKEN, type World, world } from '../world.ts';
import { cli } from './harness.ts';

const nodes = (relay: World, args: readonly string[] = []) =>
  cli(['nodes', ...args, '--server', relay.url(), '--token', TOKEN]);

/** The address of a server that answers this. */
async function answering(body: unknown): Promise<string> {
  const server = createServer((_request, response) => response.end(JSON.stringify(body)));
  onCleanup(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const NODE: NodeInfo = {
  id: 'a1',
  name: 'one',
  self: true,
  version: '1.2.3',
  started: 0,
  seen: 5000,
  address: '192.0.2.7:9093',
  sockets: 1000,
  shards: 32,
  queued: 7,
  lag: 12,
  draining: false,
  config: 'c0ffee',
};

describe('herald nodes', () => {
  it('lists the node of a relay', async () => {
    const relay = await world({ config: { node: { name: 'rack-1', address: '192.0.2.7' } } });
    const { code, stdout } = await nodes(relay);
    expect(code).to.equal(0);
    const lines = stdout.split('\n').map((line) => line.split(/ {2,}/));
    expect(lines[0]?.join()).to.equal('NAME,ADDRESS,VERSION,STARTED,SEEN,SOCKETS,SHARDS,QUEUED,LAG,STATE');
    const [name, address, version, , , ...rest] = lines[1] ?? [];
    expect([name, address, version, ...rest]).to.deep.equal([
      'rack-1',
      `192.0.2.7:${relay.relay.ports.http}`,
      '0.0.0-test',
      '0',
      '64',
      '0',
      '0 ms',
      'ok, answered this',
    ]);
  });

  it('prints one JSON object per line', async () => {
    const relay = await world();
    const { stdout } = await nodes(relay, ['--json']);
    expect(JSON.parse(stdout)).to.deep.equal((await relay.request('/v1/nodes')).json.nodes[0]);
  });

  it('says who is closing and whose config differs, and prints nothing that moves the cursor', async () => {
    const other = { ...NODE, name: '\u001b[2Jtwo', self: false, draining: true, config: 'bad' };
    const server = await answering({ nodes: [NODE, other] });
    const { stdout } = await cli(['nodes', '--server', server, '--token', TOKEN]);
    expect(stdout).to.not.contain('Redis');
    expect(stdout).to.contain('32      7       12 ms  ok, answered this, config c0ffee\n');
    expect(stdout).to.contain('closing, config bad\n').and.to.contain('\\u001b[2Jtwo');
  });

  it('says what Redis promises', async () => {
    const redis = { mode: 'single', version: '7.0.15', durability: 'disk', promise: 'nothing is lost\u001b', nodes: 1 };
    const server = await answering({ nodes: [NODE], redis });
    const { stdout } = await cli(['nodes', '--server', server, '--token', TOKEN]);
    expect(stdout).to.match(/\n\nRedis 7\.0\.15 \(single\), durability "disk": nothing is lost\\u001b\n$/);
  });

  it('fails for a server that is no Herald relay, and without a token', async () => {
    const server = await answering({ nodes: 3 });
    expect(await cli(['nodes', '--server', server, '--token', TOKEN])).to.include({ code: 1 });
    const relay = await world();
    expect((await cli(['nodes', '--server', relay.url(), '--token', 'wrong'])).code).to.equal(1);
    expect((await cli(['nodes', 'x', '--server', relay.url()])).code).to.equal(2);
  });
});
