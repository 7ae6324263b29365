import { expect } from 'chai';
import { createFlusher } from '../../server/base/flusher.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('flusher.add', () => {
  it('flushes when the turn ends, in the order of the additions, once', async () => {
    const flusher = createFlusher();
    const flushed: string[] = [];
    for (const name of ['a', 'b']) flusher.add({ flush: () => flushed.push(name) });
    expect(flushed).to.deep.equal([]);
    await turn();
    expect(flushed).to.deep.equal(['a', 'b']);
    await turn();
    expect(flushed).to.deep.equal(['a', 'b']);
  });

  it('leaves what is added during a flush to the next turn', async () => {
    const flusher = createFlusher();
    const flushed: string[] = [];
    flusher.add({ flush: () => flusher.add({ flush: () => flushed.push('second') }) });
    await turn();
    expect(flushed).to.deep.equal([]);
    await turn();
    expect(flushed).to.deep.equal(['second']);
  });
});
