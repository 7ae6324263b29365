import { expect } from 'chai';
import { moveCursors, readCursors } from '../../../../pwa/src/model/store/meta.ts';
import { type CatchUpPorts, catchUp, fetchOlder } from '../../../../pwa/src/model/sync/catch-up.ts';
import { createIntake } from '../../../../pwa/src/model/sync/intake.ts';
import type { MessagePage } from '../../../../shared/api.ts';
import { fakeClock } from '../../../support/clock.ts';
import { account, openStore, recordingChannel, wire } from '../../support/store.ts';

type Given = { readonly messages: readonly unknown[]; readonly more?: boolean; readonly last?: string };

/** A relay that answers with these pages, in turn. */
async function setUp(pages: readonly Given[]) {
  const database = await openStore();
  const asked: string[] = [];
  const left = [...pages];
  const answer = async (way: string, from: string) => {
    asked.push(`${way} ${from}`);
    return (left.shift() ?? { messages: [], more: false, last: from }) as unknown as MessagePage;
  };
  const ports: CatchUpPorts = {
    database,
    clock: fakeClock(),
    intake: createIntake({ database, channel: recordingChannel().channel, show() {} }),
    api: {
      since: async (_, __, since) => answer('since', since),
      before: async (_, __, before) => answer('before', before),
    },
  };
  const mids = async () => (await database.getAllKeys('messages')).map(([, mid]) => mid);
  return { database, ports, asked, mids };
}

describe('catchUp', () => {
  it('fetches the newest page of a new account', async () => {
    const { ports, asked, mids, database } = await setUp([{ messages: [wire(30), wire(20)], more: true, last: '20' }]);
    await catchUp(account(), ports);
    expect(asked).to.deep.equal([`before ${Number.MAX_SAFE_INTEGER}`]);
    expect(await mids()).to.deep.equal(['20', '30']);
    expect(await readCursors(database, 'a')).to.deep.equal({ last: '30', oldest: '20', complete: false, reads: 0 });
  });

  it('fetches missed messages page by page while the relay has more', async () => {
    const { ports, asked, mids, database } = await setUp([
      { messages: [wire(11)], more: true, last: '12' },
      { messages: [wire(13)], more: false, last: '13' },
    ]);
    await moveCursors(database, account(), () => ({ last: '10' }));
    await catchUp(account(), ports);
    expect(asked).to.deep.equal(['since 10', 'since 12']);
    expect(await mids()).to.deep.equal(['11', '13']);
    expect((await readCursors(database, 'a'))?.last).to.equal('13');
  });

  it('stops when the relay says that it has more but sends nothing new', async () => {
    const { ports, asked, database } = await setUp([{ messages: [], more: true, last: '10' }]);
    await moveCursors(database, account(), () => ({ last: '10' }));
    await catchUp(account(), ports);
    expect(asked).to.have.length(1);
  });

  it('reads pages of earlier relays, which have no end and no `more`', async () => {
    const full = Array.from({ length: 200 }, (_, n) => wire(n + 11));
    const { ports, asked, database } = await setUp([{ messages: full }, { messages: [wire(300)] }]);
    await moveCursors(database, account(), () => ({ last: '10' }));
    await catchUp(account(), ports);
    expect(asked).to.deep.equal(['since 10', 'since 210']);
  });

  it('skips invalid messages, and marks those that another device has read', async () => {
    const { ports, database, mids } = await setUp([
      { messages: [null, 'x', { mid: '../x' }, { ...wire(12), read: true }, wire(11)], more: false, last: '11' },
    ]);
    await catchUp(account(), ports);
    expect(await mids()).to.deep.equal(['11', '12']);
    expect((await database.get('messages', ['a', '12']))?.unread).to.equal(undefined);
    expect((await database.get('messages', ['a', '11']))?.unread).to.equal(1);
  });

  it('ignores an answer that is not a page', async () => {
    const { ports, mids } = await setUp([{ messages: 'x' as unknown as [] }]);
    await catchUp(account(), ports);
    expect(await mids()).to.deep.equal([]);
  });
});

describe('fetchOlder', () => {
  it('fetches page by page until the relay has nothing older', async () => {
    const { ports, asked, database } = await setUp([
      { messages: [wire(9)], more: true, last: '8' },
      { messages: [wire(7)], more: false, last: '7' },
    ]);
    await moveCursors(database, account(), () => ({ last: '20', oldest: '10' }));
    expect(await fetchOlder(account(), ports)).to.equal(true);
    expect(await fetchOlder(account(), ports)).to.equal(false);
    expect(await fetchOlder(account(), ports)).to.equal(false);
    expect(asked).to.deep.equal(['before 10', 'before 8']);
    expect((await readCursors(database, 'a'))?.complete).to.equal(true);
  });
});
