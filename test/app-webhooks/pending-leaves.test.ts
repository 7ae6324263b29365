import { expect } from 'chai';
import { leaveKey, type PendingLeave, PendingLeaves } from '../../server/app-webhooks/pending-leaves.ts';
import { silentLogger } from '../../server/base/logger.ts';

const leave = (channel: string, user = '', app = '1'): PendingLeave => ({ app, channel, user });

/** Pending leaves on a store that shows what it holds. */
async function setUp(...stored: PendingLeave[]) {
  const held = new Map(stored.map((one) => [leaveKey(one), one]));
  const store = {
    load: async () => [...held.values()],
    add: async (one: PendingLeave) => void held.set(leaveKey(one), one),
    remove: async (one: PendingLeave) => void held.delete(leaveKey(one)),
    async forget(app: string) {
      for (const [key, one] of held) if (one.app === app) held.delete(key);
    },
  };
  const leaves = new PendingLeaves({ store, logger: silentLogger });
  await leaves.load(({ channel }) => (channel === 'old' ? 'never' : channel === 'off' ? 'later' : 'now'));
  return { leaves, held: () => [...held.values()].map(({ channel, user }) => `${channel} ${user}`.trim()) };
}

describe('leaveKey', () => {
  it('tells apps, channels and users apart, also where a user has line breaks', () => {
    const all = [leave('a'), leave('a', 'b'), leave('a', 'b\nc'), leave('a', '', '2'), leave('ab')];
    expect(new Set(all.map(leaveKey))).to.have.property('size', all.length);
  });
});

describe('PendingLeaves', () => {
  it('keeps what is to be told now or later, and drops what no one wants', async () => {
    const { leaves, held } = await setUp(leave('a'), leave('old'), leave('off'));
    expect(held()).to.deep.equal(['a', 'off']);
    expect(leaves.takeAll()).to.deep.equal([leave('a')]);
  });

  it('knows who comes back, once', async () => {
    const { leaves } = await setUp(leave('a'), leave('a', '7'));
    expect([leaves.returned(leave('a', '7')), leaves.returned(leave('a', '7'))]).to.deep.equal([true, false]);
    expect(leaves.returned(leave('b'))).to.equal(false);
    expect(leaves.takeAll()).to.deep.equal([leave('a')]);
  });

  it('gives the members of a channel before the channel, each once', async () => {
    const { leaves } = await setUp(leave('a'), leave('a', '7'), leave('b', '8'));
    expect(leaves.takeMembers(leave('a'))).to.deep.equal([leave('a', '7'), leave('a')]);
    expect(leaves.takeAll()).to.deep.equal([leave('b', '8')]);
    expect(leaves.takeAll()).to.deep.equal([]);
  });

  it('stores a leave when the join is handed over, and removes it with the last hook that is told', async () => {
    const { leaves, held } = await setUp();
    const joined = leaves.owe(leave('a'));
    expect(held()).to.deep.equal([]);
    joined();
    expect(held()).to.deep.equal(['a']);
    const told = leaves.settle(leave('a'), 2);
    told();
    expect(held()).to.deep.equal(['a']);
    told();
    expect(held()).to.deep.equal([]);
  });

  it('keeps a leave pending whose user joins again while it is told', async () => {
    const { leaves, held } = await setUp();
    leaves.owe(leave('a'))();
    const told = leaves.settle(leave('a'), 1);
    leaves.owe(leave('a'))();
    told();
    expect(held()).to.deep.equal(['a']);
  });

  it('forgets an app, and no other', async () => {
    const { leaves, held } = await setUp(leave('a'), leave('a', '', '11'));
    leaves.forget('1');
    expect(held()).to.deep.equal(['a']);
    expect(leaves.takeAll()).to.deep.equal([leave('a', '', '11')]);
  });
});
