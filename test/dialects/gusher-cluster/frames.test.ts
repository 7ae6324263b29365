import { expect } from 'chai';
import { encode, field, message, readFrame, textField } from '../../../server/dialects/gusher-cluster/frames.ts';

describe('readFrame', () => {
  it('reads an event with any data', () => {
    expect(readFrame('{"event":"gusher.ping","data":[1]}')).to.deep.equal({ event: 'gusher.ping', data: [1] });
    expect(readFrame('{"event":"a"}')).to.deep.equal({ event: 'a', data: undefined });
  });

  for (const text of ['', 'x', 'null', '[]', '1', '"a"', '{}', '{"event":1}', '{"__proto__":{"event":"a"}}']) {
    it(`reads nothing in ${text || 'an empty text'}`, () => expect(readFrame(text)).to.equal(undefined));
  }
});

describe('field', () => {
  it('finds own fields of objects only', () => {
    expect(field({ a: 0 }, 'a')).to.equal(0);
    for (const value of [undefined, null, 'a', 1, ['a'], {}]) expect(field(value, 'length')).to.equal(undefined);
    expect(field({}, 'toString')).to.equal(undefined);
    expect(textField({ a: 1, b: 'x' }, 'a')).to.equal(undefined);
    expect(textField({ a: 1, b: 'x' }, 'b')).to.equal('x');
  });
});

describe('encode', () => {
  const event = { type: 'event' as const, name: 'e"', data: '{"a":1}' };

  it('writes an event of a channel with its name on the wire', () => {
    expect(encode({ ...event, channel: 'c-=E6=89=8B' })).to.equal('{"channel":"手","event":"e\\"","data":{"a":1}}');
    expect(message('A', 'e', '1')).to.equal('{"channel":"A","event":"e","data":1}');
  });

  it('writes only the data of an event for a user or a socket', () => {
    for (const channel of ['u-U1', 's-1']) expect(encode({ ...event, channel })).to.equal('{"a":1}');
  });

  it('has no text for notices of the core', () => {
    expect(encode({ ...event, type: 'member_added', channel: 'c-A' })).to.equal(undefined);
  });
});
