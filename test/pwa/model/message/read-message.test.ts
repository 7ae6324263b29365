import { expect } from 'chai';
import { readMessage } from '../../../../pwa/src/model/message/read-message.ts';

describe('readMessage', () => {
  it('reads a message as the relay sends it', () => {
    const message = {
      sendType: 'group',
      target: 'all',
      from: { method: 'websocket', name: 'desk' },
      message: { text: 'a', desp: 'b', extra: { c: 1 } },
      mid: '1700000000000',
    };
    expect(readMessage({ ...message, status: 'ok', read: true })).to.deep.equal(message);
  });

  it('leaves fields empty that are missing or have a wrong type', () => {
    const empty = { text: '', desp: '', extra: {} };
    for (const message of [undefined, null, [], 'x', { text: {}, desp: [], extra: null }, { extra: [1] }]) {
      expect(readMessage({ mid: '7', message, from: 5, target: {} })).to.deep.equal({
        sendType: 'personal',
        target: '',
        from: { method: 'http', name: '' },
        message: empty,
        mid: '7',
      });
    }
  });

  it('returns undefined without a valid mid', () => {
    const bad = [
      '',
      '0',
      '-1',
      '1.5',
      '1e3',
      ' 1',
      '01',
      'abc',
      '9'.repeat(17),
      '9999999999999999',
      7,
      null,
      {},
      ['7'],
    ];
    for (const mid of bad) expect(readMessage({ mid, message: {} }), String(mid)).to.equal(undefined);
    for (const value of [null, undefined, 1, 'x', [], [{ mid: '1' }]]) expect(readMessage(value)).to.equal(undefined);
    expect(readMessage(JSON.parse('{"__proto__":{"mid":"1"}}'))).to.equal(undefined);
  });
});
