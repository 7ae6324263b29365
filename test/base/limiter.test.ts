import { expect } from 'chai';
import { createLimiter } from '../../server/base/limiter.ts';

describe('createLimiter', () => {
  it('gives out its slots, and a freed one to whoever waited longest', async () => {
    const limiter = createLimiter({ concurrency: 2, queue: 10 });
    const order: string[] = [];
    const [first] = await Promise.all([limiter.acquire(), limiter.acquire()]);
    const waiting = ['a', 'b'].map(async (name) => {
      const release = await limiter.acquire();
      order.push(name);
      release?.();
    });
    await Promise.resolve();
    expect(order).to.deep.equal([]);
    first?.();
    await Promise.all(waiting);
    expect(order).to.deep.equal(['a', 'b']);
  });

  it('gives none when the queue is full', async () => {
    const limiter = createLimiter({ concurrency: 1, queue: 1 });
    const release = await limiter.acquire();
    const second = limiter.acquire();
    expect(await limiter.acquire()).to.equal(undefined);
    release?.();
    expect(await second).to.be.a('function');
  });

  it('gives none to a caller that has gone, and loses no slot', async () => {
    const limiter = createLimiter({ concurrency: 1, queue: 10 });
    const gone = new AbortController();
    const release = await limiter.acquire();
    const waiting = limiter.acquire(gone.signal);
    gone.abort();
    expect(await waiting).to.equal(undefined);
    expect(await limiter.acquire(gone.signal)).to.equal(undefined);
    release?.();
    expect(await limiter.acquire()).to.be.a('function');
  });

  it('frees a slot once, however often it is given back', async () => {
    const limiter = createLimiter({ concurrency: 1, queue: 10 });
    const release = await limiter.acquire();
    release?.();
    release?.();
    await limiter.acquire();
    const gone = AbortSignal.abort();
    const second = limiter.acquire();
    expect(await limiter.acquire(gone)).to.equal(undefined);
    expect(await Promise.race([second, Promise.resolve('waits')])).to.equal('waits');
  });
});
