// The part of the contract about which socket bears the name of a device.
import { expect } from 'chai';
import type { NameHolder, NameHolders } from '../../server/access/name-holders.ts';
import type { Backend } from '../../server/backends/backend.ts';
import { eventually } from '../support/eventually.ts';
import { type Harness, openNodes } from './harness.ts';

/** A holder that keeps what it is told. */
interface Recorded extends NameHolder {
  readonly told: string[];
}

function holder(id: string): Recorded {
  const told: string[] = [];
  return { id, told, taken: () => told.push('taken'), removed: () => told.push('removed') };
}

/** Runs everything on one node and, where a backend has them, with a holder on each of two nodes. */
export function describeNameHolders(harness: Harness<Backend>): void {
  for (const nodes of harness.sharesPlaces === true ? [1, 2] : [1]) {
    describe(`names on ${nodes === 1 ? 'a node' : 'two nodes'}`, () => {
      let here: NameHolders;
      let there: NameHolders;

      beforeEach(async () => {
        const [first, second = first] = await openNodes(harness, nodes);
        if (first === undefined || second === undefined) throw new Error('expected a node');
        [here, there] = [first.nameHolders, second.nameHolders];
      });

      it('have one holder, and the one before is told once', async () => {
        const [one, two, other] = ['1.1', '2.2', '3.3'].map(holder) as [Recorded, Recorded, Recorded];
        await here.hold('phone', one);
        await here.hold('tablet', other);
        expect([here.here('phone'), here.here('nobody')]).to.deep.equal([one, undefined]);
        await there.hold('phone', two);
        await eventually('the first is told', () => one.told.length > 0);
        expect([one.told, two.told, other.told]).to.deep.equal([['taken'], [], []]);
        expect(there.here('phone')).to.equal(two);
        if (nodes === 2) expect(here.here('phone')).to.equal(undefined);
      });

      it('may be held again by the same holder', async () => {
        const one = holder('1.1');
        await here.hold('phone', one);
        await here.hold('phone', one);
        expect([one.told, here.here('phone')]).to.deep.equal([[], one]);
      });

      it('are given up by their holder, and not by the one before', async () => {
        const [one, two, three] = ['1.1', '2.2', '3.3'].map(holder) as [Recorded, Recorded, Recorded];
        await here.hold('phone', one);
        await there.hold('phone', two);
        here.release('phone', one);
        expect(there.here('phone')).to.equal(two);
        there.release('phone', two);
        await eventually('the name is free', () => there.here('phone') === undefined);
        await here.hold('phone', three);
        expect(two.told).to.deep.equal([]);
      });

      it('have exactly one holder when several take one at once', async () => {
        const holders = ['1.1', '2.2', '3.3', '4.4'].map(holder);
        await Promise.all(holders.map((one, at) => (at % 2 ? there : here).hold('phone', one)));
        await eventually('all others are told', () => holders.filter(({ told }) => told.length === 1).length === 3);
        const [left] = holders.filter(({ told }) => told.length === 0);
        expect([here.here('phone'), there.here('phone')]).to.include(left);
      });

      it('may be any text', async () => {
        const one = holder('1.1');
        for (const name of ['__proto__', '手机', 'a b|c']) {
          await here.hold(name, one);
          expect(here.here(name)).to.equal(one);
        }
      });
    });
  }
}
