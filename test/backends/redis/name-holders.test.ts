import { expect } from 'chai';
import type { NameHolder } from '../../../server/access/name-holders.ts';
import { createRedisNameHolders } from '../../../server/backends/redis/name-holders.ts';
import { silentLogger } from '../../../server/base/logger.ts';
import { eventually } from '../../support/eventually.ts';
import { startRedis } from '../../support/redis/server.ts';
import { layWire } from '../../support/redis/wire.ts';
import { rejection } from '../../support/rejection.ts';
import { keys, openPeer } from './peers.ts';

function holder(id: string): NameHolder & { readonly told: string[] } {
  const told: string[] = [];
  return { id, told, taken: () => told.push('taken'), removed: () => told.push('removed') };
}

async function open(url: string, name: string) {
  const peer = await openPeer(url, name);
  return { ...peer, names: createRedisNameHolders({ ...peer, keys, logger: silentLogger }) };
}

/** Two nodes, of which the second reaches Redis over a wire. */
async function openTwo() {
  const redis = await startRedis();
  const wire = await layWire(redis.port);
  const [one, two] = [await open(redis.url(), 'one'), await open(redis.url(wire.port), 'two')];
  const bearer = (name: string) => redis.command<string | null>('HGET', keys.holders, name);
  return { redis, wire, one, two, bearer };
}

describe('names in Redis', () => {
  it('that others took while a node was cut off are told when it is back, under its new id too', async () => {
    const { wire, redis, one, two, bearer } = await openTwo();
    const [lost, kept, taker] = [holder('1.1'), holder('2.2'), holder('3.3')];
    await two.names.hold('lost', lost);
    await two.names.hold('kept', kept);
    const before = two.nodes.self;
    wire.pause();
    await eventually('it is removed', async () => (await redis.command('ZSCORE', keys.nodes, before)) === null);
    await one.names.hold('lost', taker);
    wire.cut();
    wire.resume();
    await eventually('its socket is told', () => lost.told.length > 0);
    await eventually('it says the other name again', async () => (await bearer('kept')) === `${two.nodes.self}:2.2`);
    expect(two.nodes.self).not.to.equal(before);
    expect([two.names.here('lost'), two.names.here('kept')]).to.deep.equal([undefined, kept]);
    expect([lost.told, kept.told]).to.deep.equal([['taken'], []]);
    expect(await bearer('lost')).to.equal(`${one.nodes.self}:3.3`);
  });

  it('that are given up while Redis is away are free when it is back', async () => {
    const { wire, two, bearer } = await openTwo();
    const [one, late] = [holder('1.1'), holder('2.2')];
    await two.names.hold('phone', one);
    wire.pause();
    wire.cut();
    await eventually('the connection is lost', () => two.connection.state === 'unsure');
    two.names.release('phone', one);
    expect((await rejection(Promise.resolve(two.names.hold('tablet', late)))).message).to.match(
      /^Redis is unreachable/,
    );
    expect([two.names.here('phone'), two.names.here('tablet')]).to.deep.equal([undefined, undefined]);
    wire.resume();
    await eventually('the name is free', async () => (await bearer('phone')) === null);
  });

  it('of a dead node are free, and of a living one never', async () => {
    const { redis, one, two, bearer } = await openTwo();
    await two.names.hold('living', holder('1.1'));
    await redis.command('HSET', keys.holders, 'dead', 'cafe:2.2');
    await one.names.reap('cafe');
    await one.names.reap(two.nodes.self);
    expect([await bearer('dead'), await bearer('living')]).to.deep.equal([null, `${two.nodes.self}:1.1`]);
  });
});
