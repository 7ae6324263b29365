import { expect } from 'chai';
import { createApp } from '../../../server/channel/app.ts';
import { checkChannelName } from '../../../server/channel/channel-name.ts';
import { EVERYBODY, onlineCount, onlineTags, tagChannel } from '../../../server/dialects/gusher/tags.ts';

const app = createApp({ id: 'gusher:a', keys: [] });

describe('tagChannel', () => {
  for (const tag of ['A', 'all', '手机', 'a b', '=', '#x', '\u{1f600}', '-', 'tag-']) {
    it(`gives ${JSON.stringify(tag)} a channel of its own, from which it can be read`, async () => {
      const channel = tagChannel(tag);
      expect(checkChannelName(channel, 1_000)).to.equal(undefined);
      expect(channel).not.to.equal(EVERYBODY);
      expect(await onlineTags({ occupied: () => [channel] }, app)).to.deep.equal([tag]);
    });
  }
});

describe('onlineTags', () => {
  it('asks for channels of tags only, and leaves out invalid ones', async () => {
    let asked = '';
    const occupied = (_app: object, prefix = '') => {
      asked = prefix;
      return ['tag-A', 'tag-=4', 'tag-B'];
    };
    expect(await onlineTags({ occupied }, app)).to.deep.equal(['A', 'B']);
    expect(asked).to.equal('tag-');
  });
});

describe('onlineCount', () => {
  it('does not count the channel that all sockets share', async () => {
    const counts = [0, 1, 2, 5].map((count) => onlineCount({ channelCount: () => count }, app));
    expect(await Promise.all(counts)).to.deep.equal([0, 0, 1, 4]);
  });
});
