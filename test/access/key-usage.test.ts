import { expect } from 'chai';
import type { KeyRecord } from '../../server/access/key-record.ts';
import { createKeyUsages, type KeyUse } from '../../server/access/key-usage.ts';
import { createKeys } from '../../server/access/keys.ts';
import { fakeClock } from '../support/clock.ts';
import { eventually } from '../support/eventually.ts';
import { recordingLogger } from '../support/recording-logger.ts';
import { createSharedStore } from '../support/shared-store.ts';

const MINUTE = 60_000;
const use = (over: Partial<KeyUse> = {}): KeyUse => ({
  address: '203.0.113.7',
  dialect: 'mpush',
  title: 'hi',
  result: 'sent',
  ...over,
});

async function setUp() {
  const clock = fakeClock();
  const shared = createSharedStore<KeyRecord>(({ name }) => name);
  const { logger, lines } = recordingLogger();
  let puts = 0;
  const node = async () => {
    const store = shared.node();
    const counted = {
      ...store,
      put: (...args: Parameters<typeof store.put>) => {
        puts += 1;
        return store.put(...args);
      },
    };
    const keys = await createKeys({ store: counted, configured: [], clock, logger });
    return { keys, store, usages: createKeyUsages({ keys, clock, logger }) };
  };
  const first = await node();
  await first.keys.create('a', { device: 'phone' });
  puts = 0;
  const kept = () => shared.records.get('a')?.usage;
  return { ...first, clock, lines, node, kept, puts: () => puts };
}

describe('KeyUsages.note', () => {
  it('stores the first use at once, and later ones together, once a minute at most', async () => {
    const { usages, clock, kept, puts } = await setUp();
    usages.note('a', use());
    await eventually('it is stored', () => kept()?.sent === 1);
    for (let count = 0; count < 100; count += 1) usages.note('a', use({ title: `${count}` }));
    usages.note('a', use({ result: 'refused', title: 'not mine' }));
    usages.note('a', use({ result: 'limited', title: 'too fast', address: '2001:db8::1', dialect: 'ntfy' }));
    await clock.tick(MINUTE - 1);
    expect([kept()?.sent, puts()]).to.deep.equal([1, 1]);
    await clock.tick(MINUTE / 4 + 1);
    await eventually('the others are stored', () => kept()?.sent === 101);
    expect(kept()).to.deep.include({
      sent: 101,
      refused: 1,
      limited: 1,
      title: 'too fast',
      address: '2001:db8::1',
      dialect: 'ntfy',
    });
    expect(puts()).to.equal(2);
  });

  it('adds up what several nodes count', async () => {
    const { usages, node, clock, kept } = await setUp();
    const other = await node();
    usages.note('a', use());
    await eventually('it is stored', () => kept()?.sent === 1);
    for (let count = 0; count < 5; count += 1) {
      usages.note('a', use());
      other.usages.note('a', use());
    }
    await clock.tick(2 * MINUTE);
    await eventually('all are there', () => kept()?.sent === 11);
    await Promise.all([usages.close(), other.usages.close()]);
    expect(kept()?.sent).to.equal(11);
  });

  it('tries again when it cannot store, and forgets nothing', async () => {
    const { usages, store, clock, kept, lines } = await setUp();
    store.broken = new Error('the disk is full');
    usages.note('a', use());
    await eventually('it is logged', () => lines.some(({ text }) => text === 'the use of a key is not stored yet'));
    usages.note('a', use());
    store.broken = undefined;
    await clock.tick(2 * MINUTE);
    await eventually('both are stored', () => kept()?.sent === 2);
  });

  it('bounds what it keeps of a title and an address', async () => {
    const { usages, kept } = await setUp();
    usages.note('a', use({ title: 'x'.repeat(10_000), address: 'y'.repeat(10_000) }));
    await eventually('it is stored', () => kept() !== undefined);
    expect([kept()?.title.length, kept()?.address.length]).to.deep.equal([100, 64]);
  });

  it('tells each use, and stores none of a key that is gone', async () => {
    const { usages, keys, clock, kept, puts } = await setUp();
    const told: string[] = [];
    usages.onUse((name, { result }) => told.push(`${name} ${result}`));
    usages.note('a', use());
    await eventually('it is stored', () => kept()?.sent === 1);
    usages.note('a', use());
    await keys.remove('a');
    const before = puts();
    usages.note('nobody', use({ result: 'refused' }));
    await clock.tick(2 * MINUTE);
    expect([told, puts()]).to.deep.equal([['a sent', 'a sent', 'nobody refused'], before]);
  });
});

describe('KeyUsages.close', () => {
  it('stores what is not stored yet', async () => {
    const { usages, kept } = await setUp();
    for (let count = 0; count < 3; count += 1) usages.note('a', use());
    await usages.close();
    expect(kept()?.sent).to.equal(3);
  });
});
