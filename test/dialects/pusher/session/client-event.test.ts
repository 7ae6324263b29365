import { expect } from 'chai';
import { createApp } from '../../../../server/channel/app.ts';
import { packetOf, readClientEvent } from '../../../../server/dialects/pusher/session/client-event.ts';

const app = createApp({ id: '1', keys: [], clientEvents: true, limits: { eventNameLen: 20, eventBytes: 10 } });
const frame = (fields: Record<string, unknown>, event = 'client-e') => ({ event, fields: { event, ...fields } });
const EVENT = { channel: 'private-a', data: { a: 1 } };

describe('readClientEvent', () => {
  it('takes data as text, whether it was sent as text or as JSON', () => {
    expect(readClientEvent(app, frame(EVENT), true)).to.include({ ok: true, data: '{"a":1}' });
    expect(readClientEvent(app, frame({ ...EVENT, data: 'hi' }), true)).to.include({ data: 'hi' });
    expect(readClientEvent(app, frame({ ...EVENT, data: null }), true)).to.include({ data: 'null' });
  });

  const refused: [what: string, fields: Record<string, unknown>, message: RegExp, subscribed?: boolean][] = [
    ['no channel', { data: 1 }, /must contain channel and data/],
    ['no data', { channel: 'private-a' }, /must contain channel and data/],
    ['a public channel', { ...EVENT, channel: 'a' }, /only supported on private and presence/],
    ['an encrypted channel', { ...EVENT, channel: 'private-encrypted-a' }, /encrypted/],
    ['a channel of others', EVENT, /not subscribed to channel private-a/, false],
    ['data beyond the limit', { ...EVENT, data: '手手手手' }, /exceeds the allowed maximum \(10 bytes\)/],
  ];
  for (const [what, fields, message, subscribed = true] of refused) {
    it(`refuses ${what}`, () => {
      const read = readClientEvent(app, frame(fields), subscribed);
      expect(read.ok ? '' : read.message).to.match(message);
    });
  }

  it('refuses a long name first, and everything when the app has client events off', () => {
    expect(readClientEvent(app, frame(EVENT, `client-${'x'.repeat(20)}`), true).ok).to.equal(false);
    expect(readClientEvent({ ...app, clientEvents: false }, frame(EVENT), true)).to.deep.include({ ok: false });
  });
});

describe('packetOf', () => {
  it('is the frame without fields that are not part of the event', () => {
    const sent = frame({ ...EVENT, user_id: 'forged' });
    const read = readClientEvent(app, sent, true);
    expect(read.ok && packetOf(read, sent)).to.equal('{"event":"client-e","channel":"private-a","data":{"a":1}}');
    const text = frame({ ...EVENT, data: '"x' });
    const other = readClientEvent(app, text, true);
    expect(other.ok && packetOf(other, text)).to.equal('{"event":"client-e","channel":"private-a","data":"\\"x"}');
  });
});
