import { expect } from 'chai';
import { client, heard, joined, pusherWorld, serverOf } from './hands.ts';

describe('pusher-js and pusher', () => {
  it('publish to public channels', async () => {
    const relay = await pusherWorld();
    const one = await client(relay);
    const channel = await joined(one, 'news');
    const event = heard(channel, 'hello');
    await serverOf(relay).trigger('news', 'hello', { a: 1 });
    expect(await event).to.deep.equal({ a: 1 });
  });
});
