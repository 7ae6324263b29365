import { expect } from 'chai';
import type { Member } from '../../../server/channel/presence.ts';
import {
  dataOf,
  encode,
  errorFrame,
  established,
  readFrame,
  signinSuccess,
  subscriptionSucceeded,
  toJson,
} from '../../../server/dialects/pusher/frames.ts';

/** JSON that is nested so deeply that it cannot be written again. */
const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;

describe('readFrame', () => {
  it('reads an object with the name of an event', () => {
    expect(readFrame('{"event":"a","x":1}')).to.deep.equal({ event: 'a', fields: { event: 'a', x: 1 } });
  });

  for (const text of ['', 'a', '1', 'null', '[]', '"a"', '{}', '{"event":1}', '{"event":null}', '[{"event":"a"}]']) {
    it(`reads nothing in ${text || 'an empty text'}`, () => expect(readFrame(text)).to.equal(undefined));
  }
});

describe('dataOf', () => {
  const data = (value: unknown) => dataOf({ event: 'a', fields: { data: value } });

  it('is the object, or the one in its JSON', () => {
    expect(data({ a: 1 })).to.deep.equal({ a: 1 });
    expect(data('{"a":1}')).to.deep.equal({ a: 1 });
  });

  it('is empty for anything else', () => {
    for (const value of [undefined, null, 1, '', 'x', '[]', [], '"{}"']) expect(data(value)).to.deep.equal({});
  });
});

describe('toJson', () => {
  it('gives up on what is nested too deeply, and does not throw', () => {
    expect(toJson({ a: [1] })).to.equal('{"a":[1]}');
    expect(toJson(JSON.parse(deep))).to.equal(undefined);
  });
});

describe('frames to clients', () => {
  it('have the literal form of the protocol', () => {
    expect(established('1.2', 120)).to.equal(
      '{"event":"pusher:connection_established","data":"{\\"socket_id\\":\\"1.2\\",\\"activity_timeout\\":120}"}',
    );
    expect(errorFrame(null, 'a "b"')).to.equal('{"event":"pusher:error","data":{"code":null,"message":"a \\"b\\""}}');
    expect(signinSuccess('{"id":"1"}')).to.equal(
      '{"event":"pusher:signin_success","data":"{\\"user_data\\":\\"{\\\\\\"id\\\\\\":\\\\\\"1\\\\\\"}\\"}"}',
    );
  });

  it('name members as they are, whatever they are called', () => {
    const members = new Map<string, Member>([
      ['__proto__', { id: '__proto__', info: { a: 1 } }],
      ['7', { id: 7 }],
    ]);
    const frame = subscriptionSucceeded({
      ok: true,
      channel: 'presence-a',
      kind: { public: false, private: true, presence: true, encrypted: false, cacheable: false, user: false },
      firstOfChannel: true,
      firstOfUser: true,
      members,
      cached: undefined,
    });
    expect(JSON.parse(frame).data).to.equal(
      '{"presence":{"ids":["__proto__",7],"hash":{"__proto__":{"a":1},"7":{}},"count":2}}',
    );
  });

  it('carry events of the core: of publishers, of watchlists, and notices', () => {
    const event = { type: 'event' as const, channel: 'a', name: 'e', data: '{}' };
    expect(encode({ ...event, userId: '1' }, 'b')).to.equal('{"event":"e","channel":"b","data":"{}","user_id":"1"}');
    expect(encode({ ...event, type: 'watchlist' }, '')).to.equal(
      '{"event":"pusher_internal:watchlist_events","data":"{}"}',
    );
    expect(encode({ ...event, type: 'member_added' }, 'b')).to.equal(
      '{"event":"pusher_internal:member_added","channel":"b","data":"{}"}',
    );
  });
});
