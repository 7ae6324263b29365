import { hostname } from 'node:os';
import { expect } from 'chai';
import { freePort } from '../support/free-port.ts';
import { world } from '../world.ts';

describe('GET /v1/nodes', () => {
  it('lists the one node of a relay without Redis', async () => {
    const port = await freePort();
    const relay = await world({ config: { websocket: { port } } });
    const started = relay.clock.now();
    await relay.clock.tick(5000);
    const device = await relay.device('a');
    await relay.request('/a.send?wait=0&text=x');
    const { status, headers, json } = await relay.request('/v1/nodes');
    expect([status, headers.get('cache-control')]).to.deep.equal([200, 'no-store']);
    expect(Object.keys(json)).to.deep.equal(['nodes']);
    const [node, ...others] = json.nodes;
    expect(others).to.deep.equal([]);
    const { http } = relay.relay.ports;
    const { id, address, config, ...rest } = node;
    expect(rest).to.deep.equal({
      name: `${hostname()}:${http}`,
      self: true,
      version: '0.0.0-test',
      started,
      seen: started + 5000,
      sockets: 1,
      shards: 64,
      queued: 1,
      lag: 0,
      draining: false,
    });
    expect([id, config].map((text) => /^[\da-f]{12,}$/.test(text))).to.deep.equal([true, true]);
    expect(address).to.match(new RegExp(`^[\\d.]+:${http}$`));
    device.ws.terminate();
  });

  it('shows the name and the address of the config, and another digest for another config', async () => {
    const node = { name: 'rack-1', address: '2001:db8::7' };
    const [one, two, three] = await Promise.all([
      world({ config: { node } }),
      world({ config: { node: { address: 'relay-7.internal' }, apps: [{ id: '1', key: 'k', secret: 's' }] } }),
      world({ config: { token: 'another' } }),
    ]);
    const [first, second, third] = await Promise.all(
      [one, two]
        .map(async (relay) => (await relay.request('/v1/nodes')).json.nodes[0])
        .concat(
          three.request('/v1/nodes', { headers: { authorization: 'another' } }).then(({ json }) => json.nodes[0]),
        ),
    );
    expect([first.name, first.address]).to.deep.equal(['rack-1', `[2001:db8::7]:${one.relay.ports.http}`]);
    expect(second.address).to.equal(`relay-7.internal:${two.relay.ports.http}`);
    expect(new Set([first.config, second.config, third.config]).size).to.equal(3);
  });

  it('needs the token of the relay', async () => {
    const relay = await world();
    const { auth } = await relay.device('a');
    const ask = async (authorization?: string) => {
      const init = authorization === undefined ? {} : { headers: { authorization } };
      return (await relay.fetch('/v1/nodes', init)).status;
    };
    expect([await ask(), await ask('wrong'), await ask(auth)]).to.deep.equal([401, 401, 403]);
    expect((await relay.request('/v1/nodes', { method: 'POST' })).status).to.equal(405);
  });
});
