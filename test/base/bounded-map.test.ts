import { expect } from 'chai';
import { BoundedMap } from '../../server/base/bounded-map.ts';
import { fakeClock } from '../support/clock.ts';

describe('BoundedMap', () => {
  it('forgets an entry at the end of its time', async () => {
    const clock = fakeClock();
    const map = new BoundedMap<string, number>(clock, { maxEntries: 10, ttl: 1000 });
    map.set('a', 1);
    await clock.tick(999);
    expect(map.get('a')).to.equal(1);
    expect(map.remaining('a')).to.equal(1);
    await clock.tick(1);
    expect(map.get('a')).to.equal(undefined);
    expect(map.has('a')).to.equal(false);
    expect(map.remaining('a')).to.equal(undefined);
    expect(map.size).to.equal(0);
  });

  it('measures time that passed, whatever is done to the wall clock', async () => {
    const clock = fakeClock();
    const map = new BoundedMap<string, number>(clock, { maxEntries: 10, ttl: 1000 });
    map.set('a', 1);
    clock.step(365 * 86_400_000);
    expect(map.get('a')).to.equal(1);
    clock.step(-2 * 365 * 86_400_000);
    await clock.tick(1000);
    expect(map.get('a')).to.equal(undefined);
  });

  it('drops the oldest beyond its bound; setting a key again makes it the newest', () => {
    const map = new BoundedMap<string, number>(fakeClock(), { maxEntries: 2 });
    map.set('a', 1);
    map.set('b', 2);
    map.set('a', 3);
    map.set('c', 4);
    expect([...map]).to.deep.equal([
      ['a', 3],
      ['c', 4],
    ]);
  });

  it('drops what expired when something is set', async () => {
    const clock = fakeClock();
    const map = new BoundedMap<string, number>(clock, { maxEntries: 10, ttl: 1000 });
    map.set('a', 1);
    map.set('b', 2);
    await clock.tick(1000);
    expect([...map]).to.deep.equal([]);
    map.set('c', 3);
    expect(map.size).to.equal(1);
  });

  it('takes other bounds for one entry', async () => {
    const clock = fakeClock();
    const map = new BoundedMap<string, number>(clock, { maxEntries: 10, ttl: 1000 });
    map.set('a', 1);
    map.set('b', 2);
    map.set('c', 3, { maxEntries: 2, ttl: 5000 });
    await clock.tick(4999);
    expect([...map]).to.deep.equal([['c', 3]]);
  });

  it('says whether it deleted anything', async () => {
    const clock = fakeClock();
    const map = new BoundedMap<string, number>(clock, { maxEntries: 10, ttl: 1000 });
    map.set('a', 1);
    expect(map.delete('a')).to.equal(true);
    expect(map.delete('a')).to.equal(false);
    map.set('b', 1);
    await clock.tick(1000);
    expect(map.delete('b')).to.equal(false);
  });

  it('keeps undefined as a value like any other', () => {
    const map = new BoundedMap<string, undefined>(fakeClock(), { maxEntries: 1 });
    map.set('a', undefined);
    expect(map.has('a')).to.equal(true);
    map.clear();
    expect(map.has('a')).to.equal(false);
  });
});
