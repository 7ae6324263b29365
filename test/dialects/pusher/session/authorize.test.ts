import { expect } from 'chai';
import { hmacHex } from '../../../../server/base/hmac.ts';
import { createApp } from '../../../../server/channel/app.ts';
import { kindOfChannel } from '../../../../server/channel/channel-name.ts';
import { authorize, phpJson, type User } from '../../../../server/dialects/pusher/session/authorize.ts';

const options = { id: '1', keys: [{ key: 'k', secret: 's', active: true }] };
const app = createApp(options);
const webman = createApp({ ...options, webman: true });

function check(channel: string, data: Record<string, unknown>, user?: User, of = app) {
  return authorize({ app: of, socketId: '1.2', user }, channel, kindOfChannel(channel), data);
}

const signed = (text: string) => `k:${hmacHex('s', text)}`;

describe('authorize', () => {
  it('needs no signature on public channels', () => {
    expect(check('a', { auth: 'wrong' })).to.deep.equal({ member: undefined });
  });

  it('opens the channel of a user to that user only', () => {
    const ann = { id: 'ann', info: undefined };
    expect(check('#server-to-user-ann', {}, ann)).to.deep.equal({ member: undefined });
    for (const user of [undefined, { id: 'bob', info: undefined }, { id: 'ann2', info: undefined }]) {
      expect(check('#server-to-user-ann', {}, user)).to.include({ code: 4009 });
    }
  });

  it('never tells the digest that it expected', () => {
    const right = hmacHex('s', '1.2:private-a');
    const refusal = JSON.stringify(check('private-a', { auth: `k:${'0'.repeat(64)}` }));
    expect(refusal).to.contain('1.2:private-a').and.not.contain(right);
  });

  it('never repeats what stands in the place of a digest, which may be a secret', () => {
    const secret = 'a-secret-that-was-pasted-by-mistake';
    for (const auth of [`k:${secret}`, `unknown:${secret}`, secret]) {
      expect(JSON.stringify(check('private-a', { auth })), auth).not.to.contain(secret.slice(0, 9));
    }
    expect(check('private-a', { auth: `k:${secret}` })).to.include({
      message: 'Invalid signature: Expected HMAC SHA256 hex digest of 1.2:private-a, but got a-secret…',
    });
  });

  it('takes the member as it was signed, or the user that has signed in', () => {
    const data = '{"user_id":10,"user_info":{"a":1}}';
    const auth = signed(`1.2:presence-a:${data}`);
    expect(check('presence-a', { auth, channel_data: data })).to.deep.equal({ member: { id: 10, info: { a: 1 } } });
    const user = { id: 'ann', info: 'x' };
    expect(check('presence-a', { auth: signed('1.2:presence-a') }, user)).to.deep.equal({
      member: { id: 'ann', info: 'x' },
    });
    expect(check('presence-a', { auth: signed('1.2:presence-a') })).to.deep.equal({ member: undefined });
  });

  it('takes channel_data as an object from webman clients only', () => {
    const data = { user_info: 'a/b', user_id: '1' };
    const auth = signed('1.2:presence-a:{"user_id":"1","user_info":"a\\/b"}');
    expect(check('presence-a', { auth, channel_data: data }, undefined, webman)).to.deep.equal({
      member: { id: '1', info: 'a/b' },
    });
    expect(check('presence-a', { auth, channel_data: data })).to.include({ code: 4009 });
  });
});

describe('phpJson', () => {
  it('sorts keys, escapes slashes and line separators, and leaves other characters', () => {
    expect(phpJson({ b: '手/', a: ['\u2028', { d: 1, c: 2 }] })).to.equal(
      '{"a":["\\u2028",{"d":1,"c":2}],"b":"手\\/"}',
    );
    expect(phpJson({})).to.equal('{}');
  });
});
