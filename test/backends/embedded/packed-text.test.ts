import { expect } from 'chai';
import {
  isJson,
  MAX_PACKED_BYTES,
  packText,
  unpack,
  unpackedSize,
} from '../../../server/backends/embedded/packed-text.ts';
import { seeded } from '../../e2e/random.ts';
import { wire } from '../harness.ts';

/** What texts are made of: plain characters, and all that JSON or the packed form could trip over. */
const PIECES = [
  'a',
  'Hello ',
  '',
  'ü',
  '手机',
  '😀',
  '\ud800',
  '"',
  '\\',
  '\n',
  '\u0000',
  '\u2028',
  '0',
  '{',
  '}}',
  ',',
];

describe('packText and unpack', () => {
  it('are each other’s way back for every message, with its size', () => {
    const seed = Math.floor(Math.random() * 2 ** 32);
    const random = seeded(seed);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
    const text = (pieces: readonly string[]) =>
      Array.from({ length: pick([0, 1, 2, 40, 400]) }, () => pick(pieces)).join('');
    let packed = 0;
    for (let round = 0; round < 5000; round += 1) {
      const pieces = random() < 0.7 ? PIECES.slice(0, 6) : PIECES;
      const mid = pick([0, 7, 1_796_000_000_000, Number.MAX_SAFE_INTEGER]);
      const json = JSON.stringify({
        sendType: pick(['personal', 'group']),
        target: text(pieces),
        from: { method: pick(['http', 'websocket']), name: text(pieces) },
        message: { text: text(pieces), desp: text(pieces), extra: pick([{}, {}, {}, { a: 1 }]) },
        mid: pick([String(mid), String(mid), '12']),
      });
      const stored = packText(json, mid);
      const bytes = Buffer.byteLength(stored);
      const unpacked = unpack(stored, String(mid));
      expect(isJson(stored) ? stored : unpacked?.json, `seed ${seed}`).to.equal(json);
      if (unpacked !== undefined) expect(JSON.stringify(unpacked.wire), `seed ${seed}`).to.equal(json);
      const first = bytes > MAX_PACKED_BYTES ? null : stored.charCodeAt(0);
      expect(unpackedSize(bytes, first, mid), `seed ${seed}`).to.equal(Buffer.byteLength(json));
      if (stored !== json) packed += 1;
    }
    expect(packed).to.be.above(500);
  });

  it('leave out what the row says, and the frame', () => {
    expect(packText(JSON.stringify(wire(5, 'hello')), 5)).to.equal('0phone\n\nhello\n');
  });

  it('leave what is not packed as it is', () => {
    for (const json of ['{}', '{"sendType":"personal"}', JSON.stringify(wire(5, 'x'.repeat(2000)))]) {
      expect(packText(json, 5)).to.equal(json);
    }
  });

  for (const damaged of [
    '',
    '0',
    '4phone\n\nhello\n',
    '0phone\n\nhello',
    '0phone\n\nhe"llo\n',
    '0phone\n\n\\\n',
    'null',
    '7',
  ]) {
    it(`give nothing for what is damaged: ${JSON.stringify(damaged)}`, () => {
      expect(unpack(damaged, '5')).to.equal(undefined);
    });
  }
});
