// The part of the contract about small durable documents.
import { expect } from 'chai';
import type { Backend } from '../../server/backends/backend.ts';
import type { Collection, ListBounds } from '../../server/messages/documents.ts';
import { eventually } from '../support/eventually.ts';
import { rejection } from '../support/rejection.ts';
import { type Harness, itSeesCalls, openNodes, useBackend } from './harness.ts';

type Value = { readonly n: number | string };

/** Ids and lists that a database might change or confuse. */
const ODD = [
  '\0',
  'a\0b',
  '\ud800',
  '\udfff',
  '手机',
  '"\'\\',
  '__proto__',
  '10',
  ' ',
  '\n',
  '\t',
  ':',
  '%',
  'é',
  'e\u0301',
];

export function describeDocuments(harness: Harness<Backend>): void {
  describe('documents', () => {
    const relay = useBackend(harness);
    const jobs = (): Collection<Value> => relay.backend.documents.collection<Value>('jobs');
    const idsOf = async (list: string, bounds: ListBounds = { limit: 1000 }) =>
      (await jobs().list(list, bounds)).documents.map(({ id }) => id);
    /** All ids of a list, a page at a time. */
    async function paged(list: string, bounds: ListBounds): Promise<string[]> {
      const found: string[] = [];
      for (let after: string | undefined; ; ) {
        const page = await jobs().list(list, { ...bounds, ...(after === undefined ? {} : { after }) });
        expect(page.documents.length).to.be.at.most(bounds.limit);
        found.push(...page.documents.map(({ id }) => id));
        if (page.cursor === undefined) return found;
        after = page.cursor;
      }
    }

    it('are kept with their values and versions over restarts', async () => {
      expect(await jobs().get('a')).to.equal(undefined);
      const first = await jobs().put('a', { n: 1 });
      const second = await jobs().put('a', { n: '\0 \ud800 手机 "\n' });
      expect(second).to.be.greaterThan(Number(first));
      await jobs().put('b', { n: 3 });
      await relay.reopen();
      expect(await jobs().get('a')).to.deep.equal({ id: 'a', value: { n: '\0 \ud800 手机 "\n' }, version: second });
      expect((await jobs().get('b'))?.value).to.deep.equal({ n: 3 });
    });

    it('belong to their collection', async () => {
      const others = relay.backend.documents.collection<Value>('job');
      await jobs().put('a', { n: 1 }, { lists: { due: 1 } });
      await others.put('a', { n: 2 }, { lists: { due: 2 } });
      expect((await jobs().get('a'))?.value.n).to.equal(1);
      expect(await jobs().count('due')).to.equal(1);
      await others.remove('a');
      expect(await idsOf('due')).to.deep.equal(['a']);
    });

    it('change only from the version that was seen', async () => {
      const first = Number(await jobs().put('a', { n: 1 }, { seen: 0 }));
      expect(await jobs().put('a', { n: 2 }, { seen: 0, lists: { due: 1 } })).to.equal('conflict');
      expect(await jobs().put('a', { n: 2 }, { seen: first + 1 })).to.equal('conflict');
      expect(await jobs().remove('a', first + 1)).to.equal('conflict');
      const second = Number(await jobs().put('a', { n: 3 }, { seen: first }));
      expect(await jobs().put('a', { n: 4 }, { seen: first })).to.equal('conflict');
      expect((await jobs().get('a'))?.value.n).to.equal(3);
      expect(await jobs().count('due')).to.equal(0);
      expect(await jobs().remove('a', second)).to.equal('removed');
      expect(await jobs().remove('a', second)).to.equal('absent');
      expect(await jobs().remove('a')).to.equal('absent');
      expect(await jobs().put('a', { n: 5 }, { seen: second })).to.equal('conflict');
      expect(await jobs().put('a', { n: 6 }, { seen: 0 }), 'no version of before').to.be.greaterThan(second);
    });

    it('give one of several callers that saw the same version the change', async () => {
      const version = Number(await jobs().put('a', { n: 0 }));
      const puts = await Promise.all([1, 2, 3, 4].map((n) => jobs().put('a', { n }, { seen: version })));
      expect(puts.filter((put) => put !== 'conflict')).to.have.length(1);
      const removals = await Promise.all([1, 2, 3].map(() => jobs().remove('a')));
      expect(removals.sort()).to.deep.equal(['absent', 'absent', 'removed']);
    });

    itSeesCalls(harness, 'see what was called for just before', async () => {
      const changes = [jobs().put('a', { n: 1 }, { lists: { due: 1 } }), jobs().remove('b'), jobs().put('c', { n: 2 })];
      const reads = [jobs().get('c'), jobs().count('due')] as const;
      expect((await reads[0])?.value.n).to.equal(2);
      expect(await reads[1]).to.equal(1);
      await Promise.all(changes);
    });

    it('are listed by their places and then by their ids, and counted', async () => {
      const places = { z: -5, b: 10, a: 10, c: 9, d: Number.MAX_SAFE_INTEGER, e: Number.MIN_SAFE_INTEGER };
      for (const [id, due] of Object.entries(places)) await jobs().put(id, { n: id }, { lists: { due, all: 0 } });
      expect(await idsOf('due')).to.deep.equal(['e', 'z', 'c', 'a', 'b', 'd']);
      expect(await idsOf('due', { limit: 9, descending: true })).to.deep.equal(['d', 'b', 'a', 'c', 'z', 'e']);
      expect(await idsOf('due', { limit: 9, from: 9, upTo: 10 })).to.deep.equal(['c', 'a', 'b']);
      expect(await idsOf('due', { limit: 9, from: 9, upTo: 10, descending: true })).to.deep.equal(['b', 'a', 'c']);
      expect(await idsOf('due', { limit: 9, from: 11, upTo: 10 })).to.deep.equal([]);
      expect(await idsOf('due', { limit: 9, from: -Infinity, upTo: Infinity })).to.have.length(6);
      expect(await idsOf('all')).to.deep.equal(['a', 'b', 'c', 'd', 'e', 'z']);
      expect(await jobs().count('due')).to.equal(6);
      expect(await jobs().count('nothing')).to.equal(0);
      const { documents } = await jobs().list('due', { limit: 1 });
      expect(documents[0]).to.deep.include({ id: 'e', value: { n: 'e' }, place: Number.MIN_SAFE_INTEGER });
      expect(documents[0]?.version).to.equal((await jobs().get('e'))?.version);
    });

    it('leave the lists that a change does not name', async () => {
      await jobs().put('a', { n: 1 }, { lists: { due: 1, old: 1 } });
      await jobs().put('a', { n: 2 }, { lists: { due: 2, new: 1 } });
      expect([await jobs().count('due'), await jobs().count('old'), await jobs().count('new')]).to.deep.equal([
        1, 0, 1,
      ]);
      expect((await jobs().list('due', { limit: 9 })).documents.map(({ place }) => place)).to.deep.equal([2]);
      await jobs().remove('a');
      expect([await jobs().count('due'), await idsOf('new')]).to.deep.equal([0, []]);
    });

    it('are read a page at a time, whatever is added or removed meanwhile', async () => {
      const ids = Array.from({ length: 23 }, (_, n) => `id ${String(n).padStart(2, '0')}`);
      await Promise.all(ids.map((id, n) => jobs().put(id, { n }, { lists: { due: n % 3 === 0 ? 5 : n } })));
      const sorted = await idsOf('due');
      expect(sorted.toSorted()).to.deep.equal(ids);
      for (const limit of [1, 2, 5, 23]) {
        expect(await paged('due', { limit })).to.deep.equal(sorted);
        expect(await paged('due', { limit, descending: true })).to.deep.equal(sorted.toReversed());
      }
      expect(await paged('due', { limit: 2, from: 5, upTo: 7 })).to.deep.equal(
        await idsOf('due', { limit: 99, from: 5, upTo: 7 }),
      );
      const { cursor = '' } = await jobs().list('due', { limit: 4 });
      await Promise.all(sorted.slice(0, 5).map((id) => jobs().remove(id)));
      expect(await idsOf('due', { limit: 99, after: cursor })).to.deep.equal(sorted.slice(5));
      expect(await idsOf('due', { limit: 99, after: cursor, from: 20 })).to.deep.equal(
        await idsOf('due', { limit: 99, from: 20 }),
      );
    });

    it('end a page before its values are too many bytes for one answer', async () => {
      const n = 'x'.repeat(1_500_000);
      await Promise.all(['a', 'b', 'c', 'd'].map((id) => jobs().put(id, { n }, { lists: { large: 1 } })));
      const { documents, cursor } = await jobs().list('large', { limit: 4 });
      expect(documents).to.have.length(3);
      expect(await idsOf('large', { limit: 4, after: cursor ?? '' })).to.deep.equal(['d']);
    });

    it('are gone when they have expired, and no longer counted after later changes', async () => {
      const soon = Date.now() + 60_000;
      await jobs().put('late', { n: 1 }, { expiresAt: Date.now() - 60_000, lists: { due: 1 } });
      await jobs().put('soon', { n: 2 }, { expiresAt: soon, lists: { due: 2 } });
      expect(await jobs().get('late')).to.equal(undefined);
      expect(await idsOf('due', { limit: 1 })).to.deep.equal(['soon']);
      expect(await jobs().remove('late')).to.equal('absent');
      expect(await jobs().put('late', { n: 3 }, { seen: 0, lists: { due: 3 } }), 'again').to.be.a('number');
      expect(await idsOf('due')).to.deep.equal(['soon', 'late']);
      await jobs().put('gone', { n: 1 }, { expiresAt: 1, lists: { due: 1 } });
      await jobs().put('other', { n: 1 });
      expect(await jobs().count('due')).to.equal(2);
      await jobs().put('brief', { n: 1 }, { expiresAt: Date.now() + 30 });
      await eventually('its time is over', async () => (await jobs().get('brief')) === undefined);
      expect(await jobs().put('soon', { n: 4 }, { lists: { due: 2 } }), 'without an expiry').to.be.a('number');
      expect((await jobs().get('soon'))?.value.n).to.equal(4);
    });

    it('may have any id and be in any list', async () => {
      await Promise.all(ODD.map((id, n) => jobs().put(id, { n }, { lists: { [id]: n, odd: 0 } })));
      await relay.reopen();
      for (const [n, id] of ODD.entries()) {
        expect((await jobs().get(id))?.value.n, JSON.stringify(id)).to.equal(n);
        expect(await idsOf(id)).to.deep.equal([id]);
      }
      expect((await paged('odd', { limit: 2 })).toSorted()).to.deep.equal(ODD.toSorted());
      await Promise.all(ODD.slice(1).map((id) => jobs().remove(id)));
      expect(await idsOf('odd')).to.deep.equal(ODD.slice(0, 1));
    });

    it('refuse what is beyond their bounds', async () => {
      const { documents } = relay.backend;
      for (const name of ['', 'A', 'a b', 'a:b', 'x'.repeat(33)])
        expect(() => documents.collection(name)).to.throw(TypeError);
      const refusals: [string, () => Promise<unknown>][] = [
        ['invalid', () => jobs().put('', { n: 1 })],
        ['invalid', () => jobs().get('x'.repeat(513))],
        ['invalid', () => jobs().put('a', { n: 1 }, { lists: { '': 1 } })],
        ['too_large', () => jobs().put('a', { n: 'x'.repeat(2_100_000) })],
        ...['', 'x', 'id', '0', 'f'.repeat(13), `${'f'.repeat(13)}g:`, `${'0'.repeat(14)}\ud800`].map(
          (after): [string, () => Promise<unknown>] => ['invalid', () => jobs().list('due', { limit: 1, after })],
        ),
      ];
      for (const [code, call] of refusals) expect(await rejection(call())).to.include({ code });
      const lists = Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`list ${n}`, n]));
      const mistakes = [
        () => jobs().put('a', { n: 1 }, { lists }),
        () => jobs().put('a', { n: 1 }, { lists: { due: 0.5 } }),
        () => jobs().put('a', { n: 1 }, { lists: { due: Number.NaN } }),
        () => jobs().put('a', { n: 1 }, { expiresAt: Number.POSITIVE_INFINITY }),
        ...[0, 1001, 0.5, Number.NaN].map((limit) => () => jobs().list('due', { limit })),
      ];
      for (const call of mistakes) expect(await rejection(call())).to.be.instanceOf(RangeError);
      expect(await jobs().get('a')).to.equal(undefined);
    });

    it('are deleted when they have expired, without a change', async () => {
      const { documents } = relay.backend;
      const soon = Date.now() + 300;
      await documents.collection('others').put('stays', {}, { lists: { due: 1 } });
      const ids = Array.from({ length: 25 }, (_, n) => `expires ${n}`);
      await Promise.all(ids.map((id, n) => jobs().put(id, { n }, { expiresAt: soon, lists: { due: n } })));
      let swept = 0;
      await eventually('they are deleted', async () => {
        swept += await documents.sweep(10);
        return (await jobs().count('due')) === 0;
      });
      expect([swept > 0, await documents.sweep(10)]).to.deep.equal([true, 0]);
      expect(await documents.collection('others').count('due')).to.equal(1);
      expect(await documents.collection('others').get('stays')).not.to.equal(undefined);
    });

    it('tell of each change on every node', async () => {
      const nodes = harness.sharesPlaces === true ? await openNodes(harness, 2) : [relay.backend];
      const told = nodes.map(({ documents }) => {
        const ids: string[] = [];
        documents.collection('jobs').onChange((id) => ids.push(id));
        documents.collection('jobs').onChange(() => {
          throw new Error('a fault of a listener');
        });
        return ids;
      });
      const [first] = nodes;
      const collection = first?.documents.collection<Value>('jobs');
      await collection?.put('a\0 手机', { n: 1 });
      await collection?.put('a\0 手机', { n: 1 }, { seen: 0 });
      await collection?.remove('a\0 手机');
      await collection?.remove('a\0 手机');
      await first?.documents.collection('others').put('x', {});
      await collection?.put('last', { n: 1 });
      const expected = ['a\0 手机', 'a\0 手机', 'last'];
      for (const ids of told) await eventually('it was told', () => ids.length === expected.length);
      expect(told).to.deep.equal(told.map(() => expected));
    });

    it('refuse changes once it is closed', async () => {
      await relay.backend.close();
      expect(await rejection(jobs().put('a', { n: 1 }))).to.include({ code: 'unavailable' });
    });
  });
}
