// The part of the contract about what a relay counts, so that no caller gets more than its share.
import { expect } from 'chai';
import { ANSWER_BOUNDS, type Guards, PAIRING_BOUNDS } from '../../server/access/guards.ts';
import type { Backend } from '../../server/backends/backend.ts';
import { eventually } from '../support/eventually.ts';
import { type Harness, openNodes } from './harness.ts';

const APP = { id: 'shop' };

/** Runs everything on one node and, where a backend has them, with two nodes of which each takes every other step. */
export function describeGuards(harness: Harness<Backend>): void {
  for (const nodes of harness.sharesPlaces === true ? [1, 2] : [1]) {
    describe(`guards of ${nodes === 1 ? 'a node' : 'two nodes'}`, () => {
      let one: Guards;
      let two: Guards;

      beforeEach(async () => {
        const [first, second = first] = await openNodes(harness, nodes);
        if (first === undefined || second === undefined) throw new Error('expected a node');
        [one, two] = [first.guards, second.guards];
      });

      it('lock out a network that shows as many different credentials as it may, and tell it once', async () => {
        const told: [string, number][] = [];
        two.throttle.onLockout((...lockout) => told.push(lockout));
        for (const value of ['a', 'a', 'b']) await one.throttle.fail('net', value, 3, 60_000);
        await two.throttle.fail('net', 'b', 3, 60_000);
        await two.throttle.fail('other', 'c', 3, 60_000);
        expect(told).to.deep.equal([]);
        for (const value of ['c', 'd']) await one.throttle.fail('net', value, 3, 60_000);
        await eventually('the lockout is told', () => told.length > 0);
        expect(told.map(([network]) => network)).to.deep.equal(['net']);
        expect(told[0]?.[1]).to.be.within(1, 60_000);
      });

      it('keep pairing codes until they are used, for one use at a time', async () => {
        const pairing = { by: 'phone', expiresAt: 1 };
        await one.pairings.add('CODE', pairing);
        expect(await two.pairings.find('CODE')).to.include(pairing);
        expect(await two.pairings.claim('CODE')).to.include(pairing);
        expect([await one.pairings.claim('CODE'), await two.pairings.claim('CODE')]).to.deep.equal([
          undefined,
          undefined,
        ]);
        expect(await one.pairings.stands('CODE')).to.equal(true);
        expect(await one.pairings.find('CODE')).to.include(pairing);
        await two.pairings.release('CODE');
        expect(await one.pairings.claim('CODE')).to.include(pairing);
        await one.pairings.end('CODE');
        for (const { pairings } of [one, two]) {
          expect([await pairings.find('CODE'), await pairings.claim('CODE')]).to.deep.equal([undefined, undefined]);
        }
        expect(await two.pairings.claim('UNKNOWN')).to.equal(undefined);
      });

      it('keep whether a pairing code lets a device manage', async () => {
        await one.pairings.add('OWNER', { manage: true, expiresAt: 1 });
        await one.pairings.add('PLAIN', { expiresAt: 1 });
        expect(await two.pairings.find('OWNER')).to.include({ manage: true });
        expect(await two.pairings.claim('OWNER')).to.include({ manage: true });
        expect(await two.pairings.find('PLAIN')).to.not.have.property('manage');
      });

      it('give a pairing code that is claimed by many at once to one', async () => {
        await one.pairings.add('CODE', { expiresAt: 1 });
        const claims = await Promise.all([one, two, one, two].map(({ pairings }) => pairings.claim('CODE')));
        expect(claims.filter((claim) => claim !== undefined)).to.have.length(1);
      });

      it('end the pairing codes of a device, also claimed ones', async () => {
        for (const [code, by] of [
          ['A1', 'a'],
          ['A2', 'a'],
          ['B1', 'b'],
        ] as const) {
          await one.pairings.add(code, { by, expiresAt: 1 });
        }
        await two.pairings.claim('A2');
        expect(await two.pairings.stands('A2')).to.equal(true);
        await one.pairings.endOf('a');
        expect(await two.pairings.stands('A2')).to.equal(false);
        expect(await two.pairings.find('A1')).to.equal(undefined);
        expect(await two.pairings.find('B1')).to.include({ by: 'b' });
      });

      it('let the oldest pairing code go beyond their bounds', async () => {
        const { ofOwner, ofDevice } = PAIRING_BOUNDS;
        for (let n = 0; n <= ofOwner; n += 1) await one.pairings.add(`OWNER${n}`, { expiresAt: 1 });
        for (let n = 0; n <= ofDevice; n += 1) await two.pairings.add(`DEVICE${n}`, { by: 'phone', expiresAt: 1 });
        const known = async (code: string) => (await one.pairings.find(code)) !== undefined;
        expect([await known('OWNER0'), await known('OWNER1'), await known(`OWNER${ofOwner}`)]).to.deep.equal([
          false,
          true,
          true,
        ]);
        expect([await known('DEVICE0'), await known('DEVICE1')]).to.deep.equal([false, true]);
      });

      it('keep an answer, and let one caller at a time find it', async () => {
        const kept = { digest: 'd', answer: '{"a":"\u0000"}' };
        expect(await one.answers.claim('shop', 'k')).to.equal('new');
        expect(await two.answers.claim('shop', 'k')).to.equal('busy');
        expect(await two.answers.claim('news', 'k')).to.equal('new');
        await one.answers.keep('shop', 'k', kept);
        expect(await two.answers.claim('shop', 'k')).to.deep.equal(kept);
        await two.answers.release('news', 'k');
        expect(await one.answers.claim('news', 'k')).to.equal('new');
        await one.answers.forget('shop');
        expect(await two.answers.claim('shop', 'k')).to.equal('new');
      });

      it('keep as many answers of an app as the bound says, the newest', async () => {
        const keep = async (n: number) => {
          await one.answers.claim('shop', `k${n}`);
          await one.answers.keep('shop', `k${n}`, { digest: '', answer: `${n}` });
        };
        const most = ANSWER_BOUNDS.ofApp + 1;
        for (let n = 0; n < most; n += 500) {
          await Promise.all(Array.from({ length: Math.min(500, most - n) }, (_, at) => keep(n + at)));
        }
        expect(await two.answers.claim('shop', 'k0')).to.equal('new');
        expect(await two.answers.claim('shop', 'k1')).to.include({ answer: '1' });
      });

      it('count a rate, and what is missing', async () => {
        expect(await one.rates.take(APP, 'events', 10, 4)).to.deep.equal({ left: 6, wait: 0 });
        const { left, wait } = await two.rates.take(APP, 'events', 10, 8);
        expect(left).to.be.within(6, 8);
        expect(wait).to.be.within(0.01, 0.2);
        expect(await two.rates.take(APP, 'reads', 10, 20)).to.deep.equal({ left: -10, wait: 0 });
        expect((await one.rates.take(APP, 'reads', 10, 1)).wait).to.be.within(0.1, 1.1);
        expect(await one.rates.take({ id: 'news' }, 'events', 10, 10)).to.deep.equal({ left: 0, wait: 0 });
      });

      it('give as many places as an app has, and count them', async () => {
        expect(await one.places.take('shop', 2)).to.equal(true);
        expect(await two.places.take('shop', 2)).to.equal(true);
        expect([await one.places.take('shop', 2), await two.places.take('shop', 2)]).to.deep.equal([false, false]);
        expect(await one.places.take('news', null)).to.equal(true);
        expect([await two.places.count('shop'), await two.places.count('nobody')]).to.deep.equal([2, 0]);
        const here = new Map([...one.places.taken()]);
        expect([here.get('shop'), here.get('news')]).to.deep.equal([one === two ? 2 : 1, 1]);
        one.places.give('shop');
        await eventually('the place is free', () => two.places.take('shop', 2));
        one.places.give('news');
        expect(new Map([...one.places.taken()]).has('news')).to.equal(false);
      });

      it('never give more places than there are to many at once', async () => {
        const taken = await Promise.all(
          Array.from({ length: 20 }, (_, n) => (n % 2 ? one : two).places.take('shop', 7)),
        );
        expect(taken.filter(Boolean)).to.have.length(7);
      });

      it('keep what logins stand for, the newest', async () => {
        const bounds = { most: 2, forMs: 60_000 };
        for (const token of ['a', 'b', 'c']) await one.logins.put(token, `{"of":"${token}"}`, bounds);
        expect(await two.logins.get('a')).to.equal(undefined);
        expect([await two.logins.get('b'), await two.logins.get('c')]).to.deep.equal(['{"of":"b"}', '{"of":"c"}']);
      });
    });
  }
}
