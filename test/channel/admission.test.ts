import { expect } from 'chai';
import { checkSubscription } from '../../server/channel/admission.ts';
import { createApp } from '../../server/channel/app.ts';
import { Channel } from '../../server/channel/channel.ts';

const app = createApp({
  id: '1',
  keys: [],
  limits: { channelNameLen: 20, subscriptions: 2, presenceMembers: 1, userIdLen: 5, presenceMemberBytes: 60 },
});

/** A presence channel with one member. */
function occupied(name: string): Channel {
  const channel = new Channel(app, name);
  channel.presence?.join({ id: 'ann' });
  return channel;
}

describe('checkSubscription', () => {
  it('allows a channel that no one is on', () => {
    expect(checkSubscription(app, 'a', undefined, undefined, undefined)).to.equal(undefined);
  });

  it('refuses invalid and long names before anything else', () => {
    expect(checkSubscription(app, 'a b', undefined, undefined, undefined)).to.equal('name_invalid');
    expect(checkSubscription(app, '', undefined, undefined, undefined)).to.equal('name_invalid');
    expect(checkSubscription(app, 'a'.repeat(21), undefined, undefined, undefined)).to.equal('name_too_long');
  });

  it('refuses a second subscription, and more than the limit', () => {
    const channel = new Channel(app, 'a');
    expect(checkSubscription(app, 'a', channel, { isSubscribed: true, count: 1 }, undefined)).to.equal('exists');
    const full = { isSubscribed: false, count: 2 };
    expect(checkSubscription(app, 'a', channel, full, undefined)).to.equal('too_many_subscriptions');
  });

  it('needs a valid member on presence channels, and ignores it elsewhere', () => {
    const check = (name: string, id?: string | number, info?: unknown) =>
      checkSubscription(app, name, undefined, undefined, id === undefined ? undefined : { id, info });
    expect(check('presence-a')).to.equal('member_missing');
    expect(check('presence-a', '')).to.equal('member_invalid');
    expect(check('presence-a', 'abcdef')).to.equal('user_id_too_long');
    expect(check('presence-a', 'abc', 'x'.repeat(60))).to.equal('member_too_large');
    expect(check('presence-a', 'abc')).to.equal(undefined);
    expect(check('private-a', '')).to.equal(undefined);
  });

  it('lets another connection of a member onto a full presence channel, and no one else', () => {
    const channel = occupied('presence-a');
    expect(checkSubscription(app, 'presence-a', channel, undefined, { id: 'bob' })).to.equal('channel_full');
    expect(checkSubscription(app, 'presence-a', channel, undefined, { id: 'ann' })).to.equal(undefined);
  });
});
