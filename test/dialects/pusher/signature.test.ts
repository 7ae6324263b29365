import { expect } from 'chai';
import { hmacHex } from '../../../server/base/hmac.ts';
import { channelText, checkAuth, userText } from '../../../server/dialects/pusher/signature.ts';

const KEY = '278d425bdf160c739803';
const SECRET = '7ad3773142a6692b25b8';
const secretOf = (key: string) => (key === KEY ? SECRET : undefined);

describe('channelText and userText', () => {
  const vectors: [text: string, digest: string][] = [
    [channelText('1234.1234', 'private-foobar'), '58df8b0c36d6982b82c3ecf6b4662e34fe8c25bba48f5369f135bf843651c3a4'],
    [
      channelText('1234.1234', 'presence-foobar', '{"user_id":10,"user_info":{"name":"Mr. Channels"}}'),
      '31935e7d86dba64c2a90aed31fdc61869f9b22ba9d8863bba239c03ca481bc80',
    ],
    [userText('1234.1234', '{"id":"12345"}'), '4708d583dada6a56435fb8bc611c77c359a31eebde13337c16ab43aa6de336ba'],
    [
      '{"time_ms":1327078148132,"events":[{"name":"channel_occupied","channel":"my-channel"}]}',
      'c19001ae3963ccb13bf618e5b16ba9848e7e74df0993aa0689168e341c6833cf',
    ],
  ];
  for (const [text, digest] of vectors) {
    it(`are signed as Pusher signs ${text.slice(0, 40)}`, () => expect(hmacHex(SECRET, text)).to.equal(digest));
  }
});

describe('checkAuth', () => {
  const text = channelText('1.2', 'private-a');
  const right = hmacHex(SECRET, text);
  const cases: [what: string, auth: unknown, result: string][] = [
    ['the right one', `${KEY}:${right}`, 'ok'],
    ['another key', `other:${right}`, 'key'],
    ['no key', right, 'key'],
    ['nothing', undefined, 'key'],
    ['an object', { key: KEY }, 'key'],
    ['a huge one', `${KEY}:${right}`.padEnd(600, '0'), 'key'],
    ['upper case', `${KEY}:${right.toUpperCase()}`, 'digest'],
    ['a shorter digest', `${KEY}:${right.slice(1)}`, 'digest'],
    ['more behind it', `${KEY}:${right}:x`, 'digest'],
    ['wide characters', `${KEY}:${'é'.repeat(64)}`, 'digest'],
  ];
  for (const [what, auth, result] of cases) {
    it(`tells that ${what} is ${result}`, () => expect(checkAuth(secretOf, auth, text)).to.equal(result));
  }
});
