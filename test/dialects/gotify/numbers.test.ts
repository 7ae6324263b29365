import { expect } from 'chai';
import type { HistoryEntry } from '../../../server/delivery/ports.ts';
import { createNumbers } from '../../../server/dialects/gotify/numbers.ts';
import type { Documents } from '../../../server/messages/documents.ts';
import { fakeClock } from '../../support/clock.ts';
import { memoryDocuments } from '../../support/memory-documents.ts';
import { rejection } from '../../support/rejection.ts';

/** A log with the histories of some devices, by their mids. */
function histories(devices: Record<string, number[]>) {
  const all = () => Object.values(devices).flat();
  return {
    devices,
    lastMid: () => String(Math.max(0, ...all())),
    async history(device: string, since: string, { limit }: { readonly limit: number }) {
      const after = (devices[device] ?? []).filter((mid) => mid > Number(since));
      const entries = after.slice(0, limit).map((mid) => ({ mid: String(mid) }) as HistoryEntry);
      return { entries, last: entries.at(-1)?.mid ?? since, more: after.length > limit };
    },
  };
}

function nodes(log: ReturnType<typeof histories>, clients: readonly string[], over: Partial<Documents> = {}) {
  const clock = fakeClock();
  const documents = { ...memoryDocuments(clock.now), ...over };
  const senderKeys = { catchUp: async () => {} };
  return { documents, node: () => createNumbers({ documents, log, senderKeys, clock }, () => clients, 1000) };
}

const entries = (map: ReadonlyMap<string, number>) => Object.fromEntries(map);

describe('gotify: ids of messages', () => {
  it('number everything that the clients got, in the order of mids', async () => {
    const log = histories({ phone: [5, 9], tablet: [7, 9, 12], other: [6] });
    const numbers = nodes(log, ['phone', 'tablet']).node();
    await numbers.give([]);
    expect(entries(await numbers.of(['5', '6', '7', '9', '12']))).to.deep.equal({ 5: 1, 7: 2, 9: 3, 12: 4 });
    expect(await numbers.midOf(3)).to.equal('9');
    expect(await numbers.midOf(5)).to.equal(undefined);
    expect(await numbers.midBelow(3)).to.equal('7');
    expect(await numbers.midBelow(1)).to.equal(undefined);
    expect(await numbers.midBelow(1000)).to.equal('12');
  });

  it('number what a sender asks for, after what came before', async () => {
    const log = histories({ phone: [5], other: [8] });
    const numbers = nodes(log, ['phone']).node();
    await numbers.give(['8']);
    expect(entries(await numbers.of(['5', '8']))).to.deep.equal({ 5: 1, 8: 2 });
    log.devices['phone']?.push(11);
    await numbers.give(['8']);
    await numbers.give(['11']);
    expect(entries(await numbers.of(['8', '11']))).to.deep.equal({ 8: 2, 11: 3 });
  });

  it('rise over many steps, whichever client got more', async () => {
    const log = histories({
      phone: Array.from({ length: 1300 }, (_, index) => 2 * index + 1),
      tablet: Array.from({ length: 700 }, (_, index) => 4 * index + 2),
    });
    const numbers = nodes(log, ['phone', 'tablet']).node();
    await numbers.give([]);
    const mids = Object.values(log.devices)
      .flat()
      .sort((a, b) => a - b);
    const ids = await numbers.of(mids.map(String));
    expect(mids.map((mid) => ids.get(String(mid)))).to.deep.equal(mids.map((_, index) => index + 1));
  });

  it('stay unique and in order when two nodes give them at once', async () => {
    const log = histories({ phone: [] });
    const { node } = nodes(log, ['phone']);
    const both = [node(), node()];
    for (let round = 0; round < 20; round += 1) {
      const mids = [1, 2, 3].map((step) => 10 * round + step);
      log.devices['phone']?.push(...mids);
      await Promise.all(both.map((numbers, index) => numbers.give([String(mids[index])])));
    }
    const mids = (log.devices['phone'] ?? []).map(String);
    const [one, other] = await Promise.all(both.map((numbers) => numbers.of(mids)));
    expect(one).to.deep.equal(other);
    expect(mids.map((mid) => one?.get(mid))).to.deep.equal(mids.map((_, index) => index + 1));
  });

  it('are those of whoever comes next, if a node was killed before all had theirs', async () => {
    const log = histories({ phone: Array.from({ length: 90 }, (_, index) => index + 1) });
    const memory = memoryDocuments(() => 0);
    let isBroken = false;
    const broken: Documents['collection'] = (name) => {
      const collection = memory.collection(name);
      const put: typeof collection.put = (id, ...rest) =>
        name === 'gotify-head' && isBroken ? Promise.reject(new Error('killed')) : collection.put(id, ...rest);
      // biome-ignore lint/suspicious/noExplicitAny: each collection has a type of its own
      return { ...collection, put } as any;
    };
    const { node } = nodes(log, ['phone'], { ...memory, collection: broken });
    await node().give([]);
    log.devices['phone']?.push(...Array.from({ length: 20 }, (_, index) => index + 91));
    // The block of the first ones is written, and the head is not.
    isBroken = true;
    expect((await rejection(node().give(['110']))).message).to.equal('killed');
    isBroken = false;
    const next = node();
    await next.give(['110']);
    const mids = (log.devices['phone'] ?? []).map(String);
    const ids = await node().of(mids);
    expect(mids.map((mid) => ids.get(mid))).to.deep.equal(mids.map(Number));
    expect(await Promise.all([1, 90, 91, 110].map((id) => next.midOf(id)))).to.deep.equal(['1', '90', '91', '110']);
    expect(await next.midBelow(91)).to.equal('90');
  });

  it('are kept where a sender asks for that of a message when later ones have theirs', async () => {
    const log = histories({ phone: [5, 9], other: [4, 8] });
    const { node } = nodes(log, ['phone']);
    const numbers = node();
    await numbers.give([]);
    await numbers.give(['8']);
    await numbers.give(['4']);
    for (let count = 0; count < 150; count += 1) {
      log.devices['phone']?.push(10 + count);
      await numbers.give([]);
    }
    const another = node();
    expect(entries(await another.of(['4', '5', '6', '8', '9']))).to.deep.equal({ 4: 4, 5: 1, 8: 3, 9: 2 });
    await another.give(['4', '8']);
    expect(entries(await another.of(['4', '8']))).to.deep.equal({ 4: 4, 8: 3 });
    expect([await another.midOf(3), await another.midOf(4)]).to.deep.equal(['8', '4']);
  });

  it('go on after a failure', async () => {
    const log = histories({ phone: [3] });
    const { node, documents } = nodes(log, ['phone']);
    let isAway = true;
    const numbers = createNumbers(
      {
        documents,
        log,
        senderKeys: {
          catchUp: async () => {
            if (isAway) throw new Error('away');
          },
        },
        clock: fakeClock(),
      },
      () => ['phone'],
      1000,
    );
    expect((await rejection(numbers.give(['3']))).message).to.equal('away');
    isAway = false;
    await numbers.give(['3']);
    expect((await node().of(['3'])).get('3')).to.equal(1);
  });

  it('end before a number that programs cannot hold', async () => {
    const log = histories({ phone: [3] });
    const { node, documents } = nodes(log, ['phone']);
    await documents.collection('gotify-head').put('head', { mid: '0', number: 2 ** 31 - 1, latest: [] });
    expect((await rejection(node().give(['3']))).message).to.include('no more ids');
  });
});
