import { expect } from 'chai';
import { listChannels, listUsers, showChannel } from '../../../../server/dialects/pusher/api/queries.ts';
import { recorder, setUp } from '../../../channel/fixtures.ts';

const COUNTS = 'user_count,subscription_count';

/** A core with one socket on a few channels. */
function occupied(options: Parameters<typeof setUp>[0] = {}) {
  const { app, channels } = setUp(options);
  const one = recorder('1.1');
  for (const name of ['a', 'private-b', '#server-to-user-1', 'cache-c']) channels.subscribe(app, one, name);
  channels.subscribe(app, one, 'presence-d', { member: { id: 7, info: { a: 1 } } });
  void channels.publish(app, ['cache-c'], { type: 'event', name: 'e', data: 'last' }, { cache: true });
  return { app, channels };
}

describe('listChannels', () => {
  const list = (query: Record<string, string> = {}, options: Parameters<typeof setUp>[0] = {}) => {
    const { app, channels } = occupied(options);
    const prepared = listChannels(channels, app, query);
    expect(prepared.events).to.equal(0);
    return prepared.run();
  };

  it('names the occupied channels, without those of users', async () => {
    expect(await list()).to.deep.equal({ channels: { a: {}, 'private-b': {}, 'cache-c': {}, 'presence-d': {} } });
    expect(await list({ filter_by_prefix: 'p' })).to.deep.equal({ channels: { 'private-b': {}, 'presence-d': {} } });
  });

  it('adds the counts that are asked for', async () => {
    expect(await list({ info: COUNTS, filter_by_prefix: 'presence-' }, { subscriptionCount: true })).to.deep.equal({
      channels: { 'presence-d': { user_count: 1, subscription_count: 1 } },
    });
  });

  it('adds the type of each channel for webman', async () => {
    expect(await list({}, { webman: true })).to.deep.equal({
      channels: {
        a: { type: 'public' },
        'private-b': { type: 'private' },
        'cache-c': { type: 'public' },
        'presence-d': { type: 'presence' },
      },
    });
  });

  it('refuses counts that the channels do not have', () => {
    expect(() => list({ info: 'user_count' })).to.throw('user_count needs a filter_by_prefix');
    expect(() => list({ info: 'subscription_count' })).to.throw('not enabled for this app');
    expect(() => list({ info: 'cache' })).to.throw(/^unknown attribute cache in info/);
  });
});

describe('showChannel', () => {
  const show = (name: string, info = '', options: Parameters<typeof setUp>[0] = {}) => {
    const { app, channels } = occupied(options);
    return showChannel(channels, app, name, { info }).run();
  };

  it('tells whether a channel is occupied, and nothing of the channel of a user', async () => {
    expect([await show('a'), await show('z')]).to.deep.equal([{ occupied: true }, { occupied: false }]);
    expect(await show('#server-to-user-1', 'subscription_count', { subscriptionCount: true })).to.deep.equal({
      occupied: false,
    });
  });

  it('tells the last event of a cache channel, or that there is none', async () => {
    expect(await show('cache-c', 'cache')).to.deep.equal({ occupied: true, cache: { data: 'last', ttl: 1_800 } });
    expect(await show('cache-z', 'cache')).to.deep.equal({ occupied: false, cache: null });
  });

  it('refuses invalid names, and attributes that the channel does not have', () => {
    expect(() => show('a b')).to.throw('Invalid channel name');
    expect(() => show('a', 'user_count')).to.throw('user_count exists only on presence channels');
    expect(() => show('a', 'cache')).to.throw('cache exists only on cache channels');
  });
});

describe('listUsers', () => {
  const list = (name: string, query: Record<string, string> = {}) => {
    const { app, channels } = occupied();
    return listUsers(channels, app, name, query).run();
  };

  it('lists the ids of the users as text, with their info if that is asked for', async () => {
    expect(await list('presence-d')).to.deep.equal({ users: [{ id: '7' }] });
    expect(await list('presence-d', { with_user_info: '1' })).to.deep.equal({
      users: [{ id: '7', user_info: { a: 1 } }],
    });
    expect(await list('presence-z')).to.deep.equal({ users: [] });
  });

  it('refuses other channels', () => {
    expect(() => list('a')).to.throw('Invalid channel [a]: only presence channels have users');
  });
});
