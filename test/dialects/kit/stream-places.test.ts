import { expect } from 'chai';
import { createStreamPlaces } from '../../../server/dialects/kit/stream-places.ts';

describe('createStreamPlaces', () => {
  it('bounds the streams of one address and of all, and says which bound is reached', () => {
    const places = createStreamPlaces({ maxListeners: 3, maxListenersPerAddress: 2 }, 'streams');
    const free = places.take('10.0.0.1');
    places.take('10.0.0.1');
    expect(() => places.take('10.0.0.1'))
      .to.throw('streams.maxListenersPerAddress')
      .with.property('code', 'too_many');
    places.take('10.0.0.2');
    expect(() => places.take('10.0.0.3'))
      .to.throw('streams.maxListeners')
      .with.property('retryAfter', 10);
    free();
    free();
    places.take('10.0.0.1');
    expect(() => places.take('10.0.0.3'), 'a place is given back once').to.throw('streams.maxListeners');
  });

  it('counts an IPv6 /64 as one address', () => {
    const places = createStreamPlaces({ maxListeners: 3, maxListenersPerAddress: 1 }, 'streams');
    places.take('2001:db8::1');
    expect(() => places.take('2001:db8::2')).to.throw('from this address');
    places.take('2001:db8:0:1::1');
  });
});
