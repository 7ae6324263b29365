import { expect } from 'chai';
import { checkChannelName } from '../../../server/channel/channel-name.ts';
import {
  appOf,
  channelFor,
  channelList,
  MAX_NAME,
  nameOf,
  occupiedNames,
  userId,
} from '../../../server/dialects/gusher-cluster/names.ts';

describe('channelFor and nameOf', () => {
  for (const name of [
    '',
    'AA',
    '手机',
    'a b/c',
    '=',
    '#server-to-user-1',
    'x'.repeat(MAX_NAME),
    '手'.repeat(MAX_NAME),
  ]) {
    it(`carry ${JSON.stringify(name.slice(0, 20))} there and back`, () => {
      const channel = channelFor('c-', name);
      expect(checkChannelName(channel, appOf('TEST').limits.channelNameLen)).to.equal(undefined);
      expect(nameOf('c-', channel)).to.equal(name);
      expect(nameOf('u-', channel)).to.equal(undefined);
    });
  }
});

describe('occupiedNames', () => {
  it('lists the names of one purpose', async () => {
    const all = ['c-A', 'c-=E6=89=8B', 'c-=zz', 'u-U1'];
    const occupied = (_app: object, prefix = '') => all.filter((name) => name.startsWith(prefix));
    expect(await occupiedNames({ occupied }, appOf('TEST'), 'c-')).to.deep.equal(['A', '手']);
  });
});

describe('userId and channelList', () => {
  it('take a user without a name, and bound what is long', () => {
    expect([userId.parse(undefined), userId.parse(null), userId.parse('U1')]).to.deep.equal(['', '', 'U1']);
    expect(userId.safeParse('x'.repeat(MAX_NAME + 1)).success).to.equal(false);
    expect(userId.safeParse(1).success).to.equal(false);
    expect(channelList.safeParse(Array(10_001).fill('A')).success).to.equal(false);
    expect(channelList.safeParse(['A', 1]).success).to.equal(false);
  });
});
