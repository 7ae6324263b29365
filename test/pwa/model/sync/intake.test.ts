import { expect } from 'chai';
import { createIntake } from '../../../../pwa/src/model/sync/intake.ts';
import { account, openStore, recordingChannel, wire } from '../../support/store.ts';

async function setUp(accounts = [account()]) {
  const database = await openStore(accounts);
  const { channel, notes } = recordingChannel();
  const shown: string[][] = [];
  const intake = createIntake({ database, channel, show: (records) => shown.push(records.map(({ mid }) => mid)) });
  const take = (...mids: number[]) =>
    intake.take(mids.map((mid) => ({ accountId: 'a', message: wire(mid), arrivedAt: 1 })));
  return { database, intake, take, notes, shown };
}

describe('createIntake', () => {
  it('resolves when a message is stored, and shows it once', async () => {
    const { database, take, notes, shown } = await setUp();
    await take(1);
    expect(await database.count('messages')).to.equal(1);
    await take(1);
    expect(shown).to.deep.equal([['1']]);
    expect(notes).to.deep.equal([{ kind: 'messages', ids: [['a', '1']] }]);
  });

  it('writes messages that arrive during a write as one batch', async () => {
    const { take, shown } = await setUp();
    await Promise.all([take(1), take(2), take(3), take(4, 5)]);
    expect(shown).to.deep.equal([['1'], ['2', '3', '4', '5']]);
  });

  it('rejects messages that cannot be stored, and continues with the next', async () => {
    const { database, intake, take } = await setUp();
    const broken = { accountId: 'a', message: { ...wire(1), mid: {} as string }, arrivedAt: 1 };
    const failed = intake.take([broken]).then(
      () => 'stored',
      () => 'rejected',
    );
    expect(await failed).to.equal('rejected');
    await take(2);
    expect(await database.count('messages')).to.equal(1);
  });

  it('acknowledges messages of a removed account without storing them', async () => {
    const { database, take, shown } = await setUp([]);
    await take(1);
    expect([await database.count('messages'), shown.length]).to.deep.equal([0, 0]);
  });
});
