import { expect } from 'chai';
import { message } from '../../../delivery/fixtures.ts';
import { onCleanup } from '../../../support/cleanup.ts';
import { eventually } from '../../../support/eventually.ts';
import { startRedis } from '../../../support/redis/server.ts';
import { layWire } from '../../../support/redis/wire.ts';
import { open, own } from '../harness.ts';

describe('what a device acknowledges while Redis is away', () => {
  it('is refused and kept, and settled and told when Redis is back', async () => {
    const redis = await startRedis();
    const wire = await layWire(redis.port);
    const node = await open(redis.url(wire.port));
    onCleanup(() => node.close());
    await own(node);
    const told: string[] = [];
    node.mail.onStatus((mid, device, status) => told.push(`${mid} ${device} ${status}`));
    for (const mid of [1, 2]) await node.log.append(message(mid), ['phone']);
    wire.down();
    const ends = await new Promise<string>((resolve) => {
      node.log.settle('1', 'phone', 'ok', { settled: () => resolve('settled'), failed: () => resolve('failed') });
    });
    expect(ends).to.equal('failed');
    wire.up();
    await eventually('it is told', () => told.length === 1);
    expect(told).to.deep.equal(['1 phone ok']);
    const { deliveries } = await node.log.unsettled('phone', '0', { limit: 5 });
    expect(deliveries.map((delivery) => delivery.message.mid)).to.deep.equal(['2']);
  });
});
