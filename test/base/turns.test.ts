import { expect } from 'chai';
import { createTurns } from '../../server/base/turns.ts';

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('createTurns', () => {
  it('gives the places of a turn at once, and those of later turns in order', async () => {
    const turns = createTurns(2);
    const entered: number[] = [];
    const enter = async (caller: number) => {
      await turns();
      entered.push(caller);
    };
    expect([turns(), turns()]).to.deep.equal([undefined, undefined]);
    const all = Promise.all([1, 2, 3, 4, 5].map(enter));
    await Promise.resolve();
    expect(entered).to.deep.equal([]);
    for (const expected of [
      [1, 2],
      [1, 2, 3, 4],
      [1, 2, 3, 4, 5],
    ]) {
      await nextTurn();
      expect(entered).to.deep.equal(expected);
    }
    await all;
  });

  it('gives places again in a later turn', async () => {
    const turns = createTurns(1);
    for (let turn = 0; turn < 3; turn += 1) {
      expect(turns()).to.equal(undefined);
      await nextTurn();
    }
  });

  it('leaves nothing running', async () => {
    const turns = createTurns(1);
    expect(turns()).to.equal(undefined);
    await nextTurn();
    await nextTurn();
    expect(process.getActiveResourcesInfo()).not.to.include('Immediate');
  });
});
