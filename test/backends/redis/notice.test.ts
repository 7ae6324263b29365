import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { decodeNotice, encodeNotice, type Notice } from '../../../server/backends/redis/notice.ts';
import { createScript, partText } from '../../../server/backends/redis/scripts.ts';
import { connectTo } from '../../support/redis/connect.ts';
import { startRedis } from '../../support/redis/server.ts';

const NOTICE: Notice = {
  kind: 7,
  number: Number.MAX_SAFE_INTEGER,
  fields: ['app', '', '手机', 'x'.repeat(70_000)],
  body: Buffer.from([0, 255, 13, 10]),
};

describe('encodeNotice and decodeNotice', () => {
  it('are each other’s opposites', () => {
    expect(decodeNotice(encodeNotice(NOTICE))).to.deep.equal(NOTICE);
    const empty: Notice = { kind: 0, number: 0, fields: [], body: Buffer.alloc(0) };
    expect(decodeNotice(encodeNotice(empty))).to.deep.equal(empty);
    const many: Notice = { ...empty, fields: Array.from({ length: 255 }, (_, n) => `${n}`) };
    expect(decodeNotice(encodeNotice(many))).to.deep.equal(many);
    expect(() => encodeNotice({ ...many, fields: [...many.fields, 'x'] })).to.throw(RangeError);
  });

  it('refuse every notice that is cut off before its body', () => {
    const whole = encodeNotice({ ...NOTICE, fields: ['app', '', '手机'], body: Buffer.alloc(0) });
    for (let length = 0; length < whole.length; length += 1) {
      expect(decodeNotice(whole.subarray(0, length)), `${length} bytes`).to.equal(undefined);
    }
  });

  it('refuse a later version, a number that is not exact, and a length beyond the end', () => {
    const changed = (at: number, ...bytes: number[]) => {
      const notice = encodeNotice({ ...NOTICE, fields: ['app'] });
      notice.set(bytes, at);
      return decodeNotice(notice);
    };
    expect(changed(0, 2)).to.equal(undefined);
    expect(changed(2, 0, 0x20)).to.equal(undefined);
    expect(changed(11, 0xff, 0xff, 0xff, 0xff)).to.equal(undefined);
    expect(changed(10, 255)).to.equal(undefined);
  });

  it('never throw, whatever comes', () => {
    for (let n = 0; n < 2000; n += 1) {
      const bytes = randomBytes(n % 80);
      if (n % 2 === 0 && bytes.length > 0) bytes[0] = 1;
      const notice = decodeNotice(bytes);
      if (notice !== undefined) expect(encodeNotice(notice).length).to.be.at.least(11);
    }
  });

  it('agree with the scripts', async () => {
    const connection = await connectTo((await startRedis()).url());
    const text = '-- @use notice\nreturn notice(tonumber(ARGV[1]), tonumber(ARGV[2]), { unpack(ARGV, 4) }, ARGV[3])';
    const script = createScript('test', text, partText);
    const { kind, number, fields, body } = NOTICE;
    const encoded = await connection.runScript(script, [], [kind, number, body, ...fields], 'bytes');
    expect(encoded).to.deep.equal(encodeNotice(NOTICE));
  });
});
