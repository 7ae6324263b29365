import { expect } from 'chai';
import { createEventReader } from '../../../../pwa/src/model/owner/event-stream.ts';

describe('createEventReader', () => {
  const read = (...pieces: string[]) => {
    const events: [string, string][] = [];
    const take = createEventReader((...event) => events.push(event));
    for (const piece of pieces) take(piece);
    return events;
  };

  it('reads events from pieces, wherever they are cut', () => {
    const text = 'event: open\ndata: {}\n\n: keepalive\n\nevent: use\ndata: {"at":1}\n\n';
    const whole = [
      ['open', '{}'],
      ['use', '{"at":1}'],
    ];
    expect(read(text)).to.deep.equal(whole);
    expect(read(...text)).to.deep.equal(whole);
  });

  it('leaves out what has not ended, and keeps no more than a bound of it', () => {
    expect(read('event: use\ndata: {"at":1}\n')).to.deep.equal([]);
    expect(read(`data: ${'x'.repeat(200_000)}`, '\n\ndata: next\n\n').at(-1)).to.deep.equal(['', 'next']);
  });
});
