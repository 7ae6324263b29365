import { expect } from 'chai';
import { createKeys } from '../../../server/backends/redis/keys.ts';
import { createRecordStore, type RecordKind, type RegistryPorts } from '../../../server/backends/redis/registry.ts';
import type { VersionedStore } from '../../../server/base/versioned-store.ts';
import { eventually } from '../../support/eventually.ts';
import { recordingLogger } from '../../support/recording-logger.ts';
import { startRedis } from '../../support/redis/server.ts';
import { layWire, type Moment } from '../../support/redis/wire.ts';
import { rejection } from '../../support/rejection.ts';
import { describeVersions, describeVersionsOfNodes, type StoreSubject } from '../contract-versions.ts';
import { keys, openNode } from './peers.ts';

interface Thing {
  readonly name: string;
  readonly text: string;
}

const KIND: RecordKind<Thing> = {
  put: 'device',
  gone: 'gone',
  records: keys.devices,
  removed: keys.removedDevices,
  nameOf: ({ name }) => name,
};

const storeOf = (ports: RegistryPorts) => createRecordStore<Thing>(ports, KIND);
const names = async (store: VersionedStore<Thing>) => (await store.load()).map(({ name }) => name);

/** What a store tells, in short. */
function listen(store: VersionedStore<Thing>): string[] {
  const told: string[] = [];
  store.onChange(({ name, record, own, replaces }) => {
    told.push(`${own ? 'own' : 'other'} ${name} ${record?.text ?? 'gone'}${replaces ? ' replaces' : ''}`);
  });
  return told;
}

describe('records in Redis', () => {
  const subject: StoreSubject<Thing> = {
    name: 'records',
    async open(nodes) {
      const redis = await startRedis();
      return await Promise.all(Array.from({ length: nodes }, async () => storeOf(await openNode(redis.url()))));
    },
    record: (name, text) => ({ name, text }),
    nameOf: ({ name }) => name,
    textOf: ({ text }) => text,
  };
  describeVersions(subject);
  describeVersionsOfNodes(subject);

  it('keep the order of their first puts, whatever their names', async () => {
    const redis = await startRedis();
    const store = storeOf(await openNode(redis.url()));
    const odd = ['z', '__proto__', '手机', 'a b\r\n"', '0 0 0 {}'];
    for (const name of odd) await store.put({ name, text: name });
    await store.put({ name: 'z', text: 'again' });
    const [, other] = [await store.remove('手机'), storeOf(await openNode(redis.url()))];
    expect(await names(other)).to.deep.equal(['z', '__proto__', 'a b\r\n"', '0 0 0 {}']);
    await store.put({ name: '手机', text: 'new' });
    expect((await names(other)).at(-1)).to.equal('手机');
  });

  it('are no more than there may be, though many nodes add some at once', async () => {
    const redis = await startRedis();
    const most = { records: 3, text: 'no more than three' };
    const open = async () => createRecordStore<Thing>(await openNode(redis.url()), { ...KIND, most });
    const [one, two] = [await open(), await open()];
    const puts = Array.from({ length: 8 }, (_, n) => (n % 2 === 0 ? one : two).put({ name: `${n}`, text: '' }));
    const refused = (await Promise.allSettled(puts)).filter(({ status }) => status === 'rejected');
    expect(refused).to.have.length(5);
    expect((await rejection(one.put({ name: 'x', text: '' }))) as object).to.include({
      code: 'too_many',
      message: 'no more than three',
    });
    const [known = ''] = await names(two);
    expect(await two.put({ name: known, text: 'again' })).to.equal('stored');
    await one.remove(known);
    expect(await one.put({ name: 'x', text: '' })).to.equal('stored');
    expect(await names(two)).to.have.length(3);
  });

  it('are read in pages', async () => {
    const store = storeOf(await openNode((await startRedis()).url()));
    const many = Array.from({ length: 1500 }, (_, n) => `device ${n}`);
    await Promise.all(many.map((name) => store.put({ name, text: '' })));
    expect(await names(store)).to.deep.equal(many);
  });

  it('reach other nodes without being asked for', async () => {
    const redis = await startRedis();
    const [one, two] = [storeOf(await openNode(redis.url())), storeOf(await openNode(redis.url()))];
    const told = listen(two);
    await one.put({ name: 'a', text: 'x' });
    await eventually('the other is told', () => told.join() === 'other a x');
  });

  it('never meet those of another prefix', async () => {
    const redis = await startRedis();
    const one = storeOf(await openNode(redis.url()));
    const others = createKeys('other');
    const ports = await openNode(redis.url());
    const two = createRecordStore<Thing>({ ...ports, keys: others }, { ...KIND, records: others.devices });
    await one.put({ name: 'a', text: 'x' });
    expect(await two.load()).to.deep.equal([]);
  });

  it('are left out and logged if they are damaged', async () => {
    const redis = await startRedis();
    await redis.command(
      'HSET',
      keys.devices,
      'bad',
      '1 1 1 {',
      'worse',
      'x',
      'good',
      '1 1 1 {"name":"good","text":""}',
    );
    const { logger, lines } = recordingLogger();
    expect(await names(storeOf(await openNode(redis.url(), {}, logger)))).to.deep.equal(['good']);
    expect(lines.map(({ level }) => level)).to.deep.equal(['error', 'error']);
  });

  it('conflict with a removal that is too long ago to be known', async () => {
    const redis = await startRedis();
    const store = storeOf(await openNode(redis.url()));
    const [seen, many] = [store.version(), Array.from({ length: 1100 }, (_, n) => `device ${n}`)];
    await Promise.all(many.map((name) => store.put({ name, text: '' })));
    await Promise.all(many.map((name) => store.remove(name)));
    expect(await redis.command('ZCARD', keys.removedDevices)).to.equal(1000);
    expect(await store.put({ name: 'device 0', text: '' }, seen)).to.equal('conflict');
    expect(await store.put({ name: 'device 0', text: '' }, store.version())).to.equal('stored');
  });

  it('tell what was missed if the log has gone on too far', async () => {
    const redis = await startRedis();
    const wire = await layWire(redis.port);
    const far = await openNode(redis.url(wire.port));
    const [one, two] = [storeOf(await openNode(redis.url())), storeOf(far)];
    for (const name of ['kept', 'changed', 'gone', 'replaced', 'back']) await one.put({ name, text: '1' });
    await two.load();
    const told = listen(two);
    wire.down();
    await eventually('the loss is noticed', () => far.connection.state === 'unsure');
    await one.put({ name: 'changed', text: '2' });
    await one.remove('gone');
    await one.put({ name: 'replaced', text: '2' }, undefined, true);
    await one.remove('back');
    await one.put({ name: 'back', text: '2' });
    await one.put({ name: 'new', text: '2' });
    await redis.command('XTRIM', keys.control, 'MAXLEN', '1');
    wire.up();
    await eventually('everything is told', () => told.length === 6);
    expect(told.sort()).to.deep.equal([
      'other back 2',
      'other back gone',
      'other changed 2',
      'other gone gone',
      'other new 2',
      'other replaced 2 replaces',
    ]);
    expect(two.version()).to.equal(one.version());
  });

  it('are read again if Redis has lost the last of them', async () => {
    const redis = await startRedis({ config: { save: '3600 1000' } });
    const [one, two] = [storeOf(await openNode(redis.url())), storeOf(await openNode(redis.url()))];
    await one.put({ name: 'a', text: '1' });
    await redis.command('SAVE');
    await one.put({ name: 'b', text: '1' });
    await two.catchUp();
    const told = listen(two);
    await redis.kill();
    await redis.restart();
    await eventually('it is noticed', () => told.join() === 'other b gone');
    await eventually('it can be stored again', () => one.put({ name: 'c', text: '1' }));
    await eventually('both know it', () => told.join() === 'other b gone,other c 1');
    expect(two.version()).to.equal(one.version());
  });

  const MOMENTS: readonly Moment[] = ['before', 'unanswered', 'after'];
  for (const moment of MOMENTS) {
    it(`are as a put says they are if the connection breaks ${moment} any command`, async () => {
      const redis = await startRedis();
      const wire = await layWire(redis.port);
      const node = await openNode(redis.url(wire.port));
      const [store, other] = [storeOf(node), storeOf(await openNode(redis.url()))];
      for (let n = 1; n <= 4; n += 1) {
        const name = `device ${n}`;
        void wire.cutAt(n, moment);
        const stored = await store.put({ name, text: '' }).catch((error) => error);
        const isThere = (await names(other)).includes(name);
        if (stored === 'stored') expect(isThere).to.equal(true);
        else if (!stored.mayHaveRun) expect(isThere).to.equal(false);
        await eventually('the connection is back', () => node.connection.state === 'connected');
        await eventually('it is stored', () => store.put({ name, text: '' }));
        expect(await names(other)).to.include(name);
      }
    });
  }

  it('are refused while Redis is away', async () => {
    const redis = await startRedis();
    const node = await openNode(redis.url());
    const store = storeOf(node);
    await redis.kill();
    await eventually('the loss is noticed', () => node.connection.state === 'unsure');
    expect(await rejection(store.put({ name: 'a', text: '' }))).to.include({ code: 'unavailable', mayHaveRun: false });
  });
});
