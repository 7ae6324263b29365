// The part of the contract about what somebody has read.
import { expect } from 'chai';
import type { Backend } from '../../server/backends/backend.ts';
import { type Harness, itSeesCalls, message, useBackend } from './harness.ts';

const NO_MIDS = ['', 'x', '-1', '1.0', '01', ' 1', '1e0', '１', '1\n', '__proto__', '9'.repeat(400)];

export function describeReadMarks(harness: Harness<Backend>): void {
  describe('log.markRead, log.areRead and log.reads', () => {
    const relay = useBackend(harness);
    const append = (mids: number[], devices = ['phone']) =>
      Promise.all(mids.map((mid) => relay.log.append(message(mid), devices)));
    /** Everything that was marked, in order, a page of two at a time. */
    async function all(): Promise<string[]> {
      const found: string[] = [];
      for (let cursor = 0; ; ) {
        const page = await relay.log.reads(cursor, 2);
        found.push(...page.mids);
        if (page.mids.length < 2) return found;
        expect(page.cursor).to.be.greaterThan(cursor);
        cursor = page.cursor;
      }
    }

    it('mark once, and say what was not marked before', async () => {
      await append([1, 2, 3, 4]);
      expect(await relay.log.markRead(['3', '1', '3'])).to.deep.equal(['3', '1']);
      expect(await relay.log.markRead(['1', '2', '3'])).to.deep.equal(['2']);
      expect(await relay.log.markRead(['1', '2', '3'])).to.deep.equal([]);
      expect(await relay.log.areRead(['1', '2', '4', '1'])).to.deep.equal(new Set(['1', '2']));
      expect(await all()).to.deep.equal(['3', '1', '2']);
    });

    it('give one of two calls at once each mark', async () => {
      await append([1, 2, 3]);
      const marked = await Promise.all([relay.log.markRead(['1', '2']), relay.log.markRead(['2', '3', '1'])]);
      expect(marked).to.deep.equal([['1', '2'], ['3']]);
    });

    itSeesCalls(harness, 'see what was called for just before', async () => {
      const appended = append([1]);
      const marked = relay.log.markRead(['1']);
      expect(await relay.log.areRead(['1'])).to.deep.equal(new Set(['1']));
      expect((await relay.log.reads(0, 9)).mids).to.deep.equal(['1']);
      expect(await marked).to.deep.equal(['1']);
      await appended;
    });

    it('ignore mids that are unknown, huge or malformed', async () => {
      await append([1]);
      await relay.log.append(message(2), []);
      const mids = [...NO_MIDS, '0', '2', '7', String(Number.MAX_SAFE_INTEGER)];
      expect(await relay.log.markRead(mids)).to.deep.equal([]);
      await append([7]);
      expect(await relay.log.areRead([...mids, '1'])).to.deep.equal(new Set());
      expect(await all()).to.deep.equal([]);
      expect(await relay.log.markRead([...mids, '1'])).to.deep.equal(['7', '1']);
      expect(await relay.log.areRead([...mids, '1'])).to.deep.equal(new Set(['7', '1']));
    });

    it('take the greatest mid and none at all', async () => {
      const mid = String(Number.MAX_SAFE_INTEGER);
      await relay.log.append(message(mid), ['__proto__']);
      expect(await relay.log.markRead([])).to.deep.equal([]);
      expect(await relay.log.areRead([])).to.deep.equal(new Set());
      expect(await relay.log.markRead([mid])).to.deep.equal([mid]);
      expect(await relay.log.areRead([mid])).to.deep.equal(new Set([mid]));
    });

    it('change no status', async () => {
      await append([1], ['phone', 'tablet']);
      await relay.log.markRead(['1']);
      expect(await relay.log.queued()).to.deep.equal(
        new Map([
          ['phone', 1],
          ['tablet', 1],
        ]),
      );
      expect(await relay.log.lastReceived(['phone'])).to.deep.equal(new Map());
    });

    it('go on after a cursor, which stays where it is while there is nothing new', async () => {
      await append([1, 2, 3, 4]);
      expect(await relay.log.reads(0, 9)).to.deep.equal({ mids: [], cursor: 0 });
      await relay.log.markRead(['4', '2']);
      const first = await relay.log.reads(0, 9);
      expect(first.mids).to.deep.equal(['4', '2']);
      expect(await relay.log.reads(first.cursor, 9)).to.deep.equal({ mids: [], cursor: first.cursor });
      expect(await relay.log.reads(first.cursor, 0)).to.deep.equal({ mids: [], cursor: first.cursor });
      await relay.log.markRead(['2', '1', '3']);
      await relay.reopen();
      expect((await relay.log.reads(first.cursor, 1)).mids).to.deep.equal(['1']);
      expect((await relay.log.reads(first.cursor, 9)).mids).to.deep.equal(['1', '3']);
    });

    it('take any integer for a cursor and refuse the rest', async () => {
      await append([1]);
      await relay.log.markRead(['1']);
      expect((await relay.log.reads(-5, 9)).mids).to.deep.equal(['1']);
      const far = Number.MAX_SAFE_INTEGER;
      expect(await relay.log.reads(far, 9)).to.deep.equal({ mids: [], cursor: far });
      for (const cursor of [Number.NaN, Number.POSITIVE_INFINITY, 0.5, 2 ** 60]) {
        const [result] = await Promise.allSettled([relay.log.reads(cursor, 9)]);
        expect(result?.status, String(cursor)).to.equal('rejected');
      }
    });

    it('survive a restart', async () => {
      await append([1, 2, 3]);
      await relay.log.markRead(['3', '1']);
      await relay.reopen();
      expect(await all()).to.deep.equal(['3', '1']);
      expect(await relay.log.areRead(['1', '2', '3'])).to.deep.equal(new Set(['1', '3']));
      expect(await relay.log.markRead(['1', '2'])).to.deep.equal(['2']);
    });

    it('lose the marks of messages that expire, and no later cursor', async () => {
      await append([1, 2, 3]);
      await relay.log.markRead(['3', '2', '1']);
      const { cursor } = await relay.log.reads(0, 9);
      expect(await relay.log.expire(3)).to.equal(2);
      expect(await relay.log.areRead(['1', '2', '3'])).to.deep.equal(new Set(['3']));
      expect(await all()).to.deep.equal(['3']);
      await relay.log.expire(4);
      await relay.reopen();
      expect(await all()).to.deep.equal([]);
      expect(await relay.log.markRead(['1', '2', '3'])).to.deep.equal([]);
      await append([5]);
      await relay.log.markRead(['5']);
      expect((await relay.log.reads(cursor, 9)).mids).to.deep.equal(['5']);
    });

    it('lose the marks of messages that only a forgotten device had', async () => {
      await append([1], ['__proto__', 'phone']);
      await append([2], ['__proto__']);
      await relay.log.markRead(['1', '2']);
      await relay.log.forget('__proto__');
      expect(await relay.log.areRead(['1', '2'])).to.deep.equal(new Set(['1']));
      await relay.reopen();
      expect(await all()).to.deep.equal(['1']);
      await relay.log.forget('phone');
      expect(await all()).to.deep.equal([]);
    });

    it('lose nothing else when many are marked and expire', async () => {
      const mids = Array.from({ length: 1000 }, (_, index) => index + 1);
      await append(mids);
      const texts = mids.map(String);
      expect(await relay.log.markRead(texts)).to.deep.equal(texts);
      expect(await relay.log.expire(900)).to.equal(899);
      expect(await relay.log.areRead(texts)).to.deep.equal(new Set(texts.slice(899)));
      expect((await relay.log.reads(0, 1000)).mids).to.deep.equal(texts.slice(899));
    });

    it('refuse marks once it is closed', async () => {
      await append([1]);
      await relay.backend.close();
      const [result] = await Promise.allSettled([relay.log.markRead(['1'])]);
      expect(result?.status).to.equal('rejected');
    });
  });
}
