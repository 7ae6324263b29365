import { expect } from 'chai';
import { encodeFrame, JOURNAL_HALF, pendingFrames } from '../../../server/backends/embedded/journal-frames.ts';
import { frame, numbers, RUN, range } from './frames.ts';

describe('pendingFrames', () => {
  const bytes = Buffer.concat(range(4).map((seq) => encodeFrame(frame(seq, `grüße ${seq} HrlJ`))));

  it('finds what the tables do not have, as it was written', () => {
    expect(pendingFrames(bytes, RUN, 2)).to.deep.equal({
      frames: [3, 4].map((seq) => frame(seq, `grüße ${seq} HrlJ`)),
      lost: 0,
      isOfRun: true,
    });
    expect(numbers(bytes, 4)).to.deep.equal({ frames: [], lost: 0 });
  });

  it('leaves out a last frame that is torn, at whatever byte', () => {
    const third = encodeFrame(frame(1, 'grüße 1 HrlJ')).length * 3;
    for (const length of [third + 1, third + 11, third + 12, bytes.length - 1]) {
      expect(numbers(bytes.subarray(0, length)), String(length)).to.deep.equal({ frames: [1, 2, 3], lost: 0 });
      const torn = Buffer.concat([bytes.subarray(0, length), Buffer.alloc(bytes.length - length)]);
      expect(numbers(torn), String(length)).to.deep.equal({ frames: [1, 2, 3], lost: 0 });
    }
  });

  it('takes no beginning of a frame with nothing behind it for one', () => {
    const torn = Buffer.concat([bytes, Buffer.from('HrlJ'), Buffer.alloc(100)]);
    expect(numbers(torn)).to.deep.equal({ frames: [1, 2, 3, 4], lost: 0 });
  });

  it('reads on after damage, and tells how much is lost', () => {
    for (const position of [0, 5, 9, 30]) {
      const damaged = Buffer.from(bytes);
      const start = bytes.length / 4 + position;
      damaged[start] = (damaged[start] ?? 0) ^ 64;
      expect(numbers(damaged), String(position)).to.deep.equal({ frames: [1, 3, 4], lost: 1 });
    }
  });

  it('reads a half full of wrong lengths at once', () => {
    const half = Buffer.alloc(JOURNAL_HALF);
    for (let position = 0; position < half.length - 12; position += 12) {
      half.write('HrlJ', position);
      half.writeUInt32LE(half.length - position - 12, position + 4);
    }
    expect(numbers(half)).to.deep.equal({ frames: [], lost: 0 });
  });

  it('leaves out what another run wrote', () => {
    expect(pendingFrames(bytes, RUN + 1, 0)).to.deep.equal({ frames: [], lost: 0, isOfRun: false });
  });
});
