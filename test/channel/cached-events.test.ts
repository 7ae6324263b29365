import { expect } from 'chai';
import { CachedEvents } from '../../server/channel/cached-events.ts';
import type { ChannelEvent } from '../../server/channel/connection.ts';
import { fakeClock } from './fixtures.ts';

const event = (channel: string): ChannelEvent => ({ type: 'event', channel, name: 'e', data: '' });
const limits = { cacheTtlSec: 60, cachedEvents: 3 };

function setUp() {
  const { clock, time } = fakeClock();
  const cache = new CachedEvents(clock);
  const keep = (channel: string, bounds = limits) => {
    const kept = event(channel);
    cache.keep(channel, kept, bounds);
    return kept;
  };
  return { cache, keep, time };
}

describe('CachedEvents', () => {
  it('gives the last event and the seconds that remain, rounded up', () => {
    const { cache, keep, time } = setUp();
    keep('cache-a');
    const last = keep('cache-a');
    expect(cache.get('cache-a')?.event).to.equal(last);
    expect(cache.get('cache-a')?.ttlSec).to.equal(60);
    time.tick(59_001);
    expect(cache.get('cache-a')?.ttlSec).to.equal(1);
  });

  it('forgets an event when its time is over', () => {
    const { cache, keep, time } = setUp();
    keep('cache-a');
    time.tick(60_000);
    expect(cache.get('cache-a')).to.equal(undefined);
    expect(cache.size).to.equal(0);
  });

  it('drops expired events when a new one arrives', () => {
    const { cache, keep, time } = setUp();
    keep('cache-a');
    keep('cache-b');
    time.tick(60_000);
    keep('cache-c');
    expect(cache.size).to.equal(1);
  });

  it('drops the channel that was silent longest beyond the bound', () => {
    const { cache, keep } = setUp();
    for (const channel of ['cache-a', 'cache-b', 'cache-c', 'cache-a', 'cache-d']) keep(channel);
    expect(cache.size).to.equal(3);
    expect(cache.get('cache-b')).to.equal(undefined);
    expect(cache.get('cache-a')).to.not.equal(undefined);
  });

  it('keeps nothing with a bound or a lifetime of 0', () => {
    const { cache, keep } = setUp();
    keep('cache-a', { ...limits, cachedEvents: 0 });
    keep('cache-a', { ...limits, cacheTtlSec: 0 });
    expect(cache.size).to.equal(0);
  });

  it('takes __proto__ for a name like any other', () => {
    const { cache, keep } = setUp();
    expect(cache.get('__proto__')).to.equal(undefined);
    const kept = keep('__proto__');
    expect(cache.get('__proto__')?.event).to.equal(kept);
  });
});
