import { expect } from 'chai';
import { createPlaces } from '../../server/dialects/places.ts';

describe('createPlaces', () => {
  it('gives so many places at once, and a free one to who has waited longest', async () => {
    const places = createPlaces(2, 10);
    const order: string[] = [];
    const [first] = await Promise.all([places.take(), places.take()]);
    const waiting = ['a', 'b'].map(async (name) => {
      const release = await places.take();
      order.push(name);
      release?.();
    });
    await Promise.resolve();
    expect(order).to.deep.equal([]);
    first?.();
    await Promise.all(waiting);
    expect(order).to.deep.equal(['a', 'b']);
  });

  it('gives none when the line is full', async () => {
    const places = createPlaces(1, 1);
    const release = await places.take();
    const second = places.take();
    expect(await places.take()).to.equal(undefined);
    release?.();
    expect(await second).to.be.a('function');
  });

  it('gives none to who has gone, and loses no place by it', async () => {
    const places = createPlaces(1, 10);
    const gone = new AbortController();
    const release = await places.take();
    const waiting = places.take(gone.signal);
    gone.abort();
    expect(await waiting).to.equal(undefined);
    expect(await places.take(gone.signal)).to.equal(undefined);
    release?.();
    expect(await places.take()).to.be.a('function');
  });
});
