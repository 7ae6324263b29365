// Redis dies or stands still: senders are told to try again, sockets stay, and everything goes on after.
import { expect } from 'chai';
import { forSuite } from '../../support/cleanup.ts';
import { eventually } from '../../support/eventually.ts';
import type { Answer } from '../../support/relay-client.ts';
import { createCluster, idOf, TAKEOVER } from './cluster.ts';

const stage = forSuite(async () => {
  const cluster = await createCluster({ config: { websocket: { retryTimeout: 100 } } });
  const [a, b] = await cluster.startAll('a', 'b');
  return { cluster, a, b };
});

/** Devices at both nodes, for each owner. */
async function connectAll(group: string) {
  const { cluster, a, b } = stage();
  const names = await Promise.all([a, b].map((owner) => cluster.nameOn(owner, group)));
  // Each at the node that does not deliver to it.
  const devices = await Promise.all(
    [b, a].map((node, at) => node.device(names[at] ?? '', { group, acknowledge: true })),
  );
  for (const device of devices) await device.settle();
  return { names, devices };
}

function expectTryAgain({ status, headers, json }: Answer): void {
  expect(status).to.equal(503);
  expect(headers.get('retry-after')).to.equal('1');
  expect(json.data ?? json.error).to.be.a('string');
}

describe('Redis under two nodes', function () {
  this.timeout(180_000);

  for (const fault of ['killed', 'silent', 'long silent'] as const) {
    it(`may be ${fault}`, async () => {
      const { cluster, a, b } = stage();
      const { redis } = cluster;
      const { names, devices } = await connectAll(fault);
      const ids = await Promise.all([a, b].map(idOf));
      const accepted = (await a.request(`/${fault}.group?text=before&wait=0`)).json.data.mid;

      if (fault === 'killed') await redis.kill();
      else redis.stop();
      for (const node of [a, b]) {
        expectTryAgain(await node.request(`/${fault}.group?text=lost&wait=0`));
        expectTryAgain(await node.request(`/v1/devices/${names[0]}/messages`));
        expect((await node.fetch('/up')).status).to.equal(200);
      }
      if (fault === 'long silent') {
        // Longer than their leases.
        for (const node of [a, b]) {
          await eventually('the node is not ready', async () => (await node.fetch('/ready')).status === 503);
        }
      }
      if (fault === 'killed') await redis.restart();
      else redis.resume();

      for (const node of [a, b]) {
        const send = () => node.request(`/${fault}.group?text=after&wait=10000`);
        const { json } = await eventually('a message is accepted', send, {
          until: ({ status }) => status === 200,
          limit: TAKEOVER,
        });
        expect(Object.values(json.data.status)).to.deep.equal(['ok', 'ok']);
      }
      for (const [at, device] of devices.entries()) {
        expect(device.ws.readyState, 'the socket').to.equal(device.ws.OPEN);
        const history = async () => (await b.request(`/v1/devices/${names[at]}/messages`)).json.messages;
        const found = await eventually('all of it is ok', history, {
          until: (messages) => messages.every(({ status }: { status: string }) => status === 'ok'),
        });
        expect(found[0].mid).to.equal(accepted);
      }
      await cluster.shared([a, b]);
      expect(await Promise.all([a, b].map(idOf)), 'nobody was taken for dead').to.deep.equal(ids);
    });
  }

  it('lets nodes start that wait for it', async () => {
    const { cluster, a, b } = stage();
    await cluster.redis.kill();
    const third = cluster.start('c');
    await cluster.redis.restart();
    const c = await third;
    await cluster.shared([a, b, c]);
    c.signal('SIGTERM');
    expect(await c.exited).to.equal(0);
    await cluster.shared([a, b]);
  });

  it('lets a node stop in order while it is away', async () => {
    const { cluster, a, b } = stage();
    const c = await cluster.start('c');
    await cluster.shared([a, b, c]);
    await cluster.redis.kill();
    c.signal('SIGTERM');
    expect(await c.exited).to.equal(0);
    await cluster.redis.restart();
    await cluster.shared([a, b]);
  });
});
