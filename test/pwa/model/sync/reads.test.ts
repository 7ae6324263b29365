import { expect } from 'chai';
import { putMessages } from '../../../../pwa/src/model/store/messages.ts';
import { readCursors } from '../../../../pwa/src/model/store/meta.ts';
import { fetchReads, hearReads, markRead, type ReadsPorts, tellReads } from '../../../../pwa/src/model/sync/reads.ts';
import { account, openStore, recordingChannel, wire } from '../../support/store.ts';

async function setUp(count = 3) {
  const database = await openStore();
  await putMessages(
    database,
    Array.from({ length: count }, (_, n) => ({ accountId: 'a', message: wire(n + 1), arrivedAt: 1 })),
  );
  const { channel, notes } = recordingChannel();
  const told: (readonly string[])[] = [];
  const pages: { mids: string[]; cursor: number }[] = [];
  const cursors: number[] = [];
  let isReachable = true;
  const ports: ReadsPorts = {
    database,
    channel,
    show() {},
    api: {
      markRead: async (_, mids) => {
        if (!isReachable) throw new Error('no network');
        told.push(mids);
      },
      reads: async (_, cursor) => {
        cursors.push(cursor);
        return pages.shift() ?? { mids: [], cursor };
      },
    },
  };
  const unread = async () =>
    (await database.getAll('messages')).filter((one) => one.unread === 1).map(({ mid }) => mid);
  return {
    ...{ database, ports, told, pages, cursors, notes, unread },
    cut: (isCut: boolean) => {
      isReachable = !isCut;
    },
  };
}

const id = (mid: number) => ({ accountId: 'a', mid: String(mid) });

describe('markRead', () => {
  it('marks here at once, and sends the mark to the relay later', async () => {
    const { ports, unread, told, notes } = await setUp();
    await markRead([id(1), id(2), id(9)], ports);
    expect(await unread()).to.deep.equal(['3']);
    expect(notes).to.have.length(1);
    expect(told).to.deep.equal([]);
    await tellReads(account(), ports);
    expect(told).to.deep.equal([['1', '2']]);
    await tellReads(account(), ports);
    expect(told).to.have.length(1);
  });

  it('queues no mark twice', async () => {
    const { ports, told } = await setUp();
    await markRead([id(1)], ports);
    await markRead([id(1)], ports);
    await tellReads(account(), ports);
    expect(told).to.deep.equal([['1']]);
  });
});

describe('tellReads', () => {
  it('keeps the marks queued while the relay cannot be reached', async () => {
    const { ports, told, cut } = await setUp();
    await markRead([id(1)], ports);
    cut(true);
    const failed = await tellReads(account(), ports).then(
      () => 'told',
      () => 'rejected',
    );
    expect(failed).to.equal('rejected');
    cut(false);
    await tellReads(account(), ports);
    expect(told).to.deep.equal([['1']]);
  });

  it('sends many marks in batches that the relay accepts', async () => {
    const { ports, told } = await setUp(1200);
    await markRead(
      Array.from({ length: 1200 }, (_, n) => id(n + 1)),
      ports,
    );
    await tellReads(account(), ports);
    expect(told.map((mids) => mids.length)).to.deep.equal([500, 500, 200]);
  });
});

describe('fetchReads', () => {
  it('continues from the last cursor, page by page', async () => {
    const { ports, pages, cursors, unread, database } = await setUp();
    pages.push({ mids: ['1'], cursor: 5 }, { mids: ['3'], cursor: 9 });
    await fetchReads(account(), ports);
    expect(await unread()).to.deep.equal(['2']);
    expect(cursors).to.deep.equal([0, 5, 9]);
    expect((await readCursors(database, 'a'))?.reads).to.equal(9);
    await fetchReads(account(), ports);
    expect(cursors.at(-1)).to.equal(9);
  });

  it('stops when the relay’s cursor does not move', async () => {
    const { ports, pages, cursors } = await setUp();
    pages.push({ mids: ['1'], cursor: 0 });
    await fetchReads(account(), ports);
    expect(cursors).to.deep.equal([0]);
  });
});

describe('hearReads', () => {
  it('reads mids, and ignores everything else', async () => {
    const { ports, unread } = await setUp();
    for (const strange of [undefined, 'x', {}, { mids: 'x' }, { mids: [7, '../x', null, {}] }]) {
      await hearReads('a', strange, ports);
    }
    expect(await unread()).to.have.length(3);
    await hearReads('a', { mids: ['2', 'x'] }, ports);
    expect(await unread()).to.deep.equal(['1', '3']);
  });
});
