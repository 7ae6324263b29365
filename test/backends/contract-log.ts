// The part of the contract about what is kept and read.
import { expect } from 'chai';
import type { Backend } from '../../server/backends/backend.ts';
import type { ReadBounds } from '../../server/delivery/ports.ts';
import { toWire } from '../../shared/message.ts';
import type { Status } from '../../shared/status.ts';
import { STATUS_RANK } from '../../shared/status.ts';
import { fromWire, WEEK } from '../support/message.ts';
import { brief, type Harness, itSeesCalls, message, useBackend, wire } from './harness.ts';

/** All statuses but `wait`, which no outbox stores. */
const STATUSES = (Object.keys(STATUS_RANK) as Status[]).filter((status) => status !== 'wait');
const FINAL = new Set<Status>(['ok', 'failed']);

/** What history has of a message. */
const entry = (mid: number, status: Status) => ({
  mid: String(mid),
  createdAt: mid,
  expiresAt: mid + WEEK,
  status,
  text: JSON.stringify(wire(mid)),
});

export function describeAppend(harness: Harness<Backend>): void {
  describe('log.append', () => {
    const relay = useBackend(harness);

    it('keeps the message for each device, ready', async () => {
      await relay.log.append(message(1), ['phone', 'tablet']);
      expect(await relay.log.history('phone', '0', { limit: 10 })).to.deep.equal({
        entries: [entry(1, 'ready')],
        last: '1',
        more: false,
      });
      expect(brief((await relay.log.history('tablet', '0', { limit: 10 })).entries)).to.deep.equal(['1 ready']);
      expect((await relay.log.history('watch', '0', { limit: 10 })).entries).to.deep.equal([]);
    });

    it('gives back every text as it was, key order included', async () => {
      const text = 'snow ☃ 😀 " \\ \u0000 \u2028 lone \ud800';
      const extra = JSON.parse('{"z":1,"__proto__":{"a":[null]},"constructor":"x","tags":"a,b","a":2}');
      const odd = { ...wire(5), target: '__proto__', message: { text, desp: '', extra } };
      await relay.log.append(fromWire(odd), ['phone']);
      await relay.reopen();
      const [kept] = (await relay.log.history('phone', '0', { limit: 1 })).entries;
      expect(kept?.text).to.equal(JSON.stringify(odd));
      const [waiting] = (await relay.log.unsettled('phone', '0', { limit: 1 })).deliveries;
      expect(JSON.stringify(waiting && toWire(waiting.message))).to.equal(JSON.stringify(odd));
    });

    it('gives back extras of any depth', async () => {
      const depth = 1500;
      const extra = JSON.parse(`{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`);
      const deep = { ...wire(5), message: { text: '', desp: '', extra } };
      await relay.log.append(fromWire(deep), ['phone']);
      const [kept] = (await relay.log.history('phone', '0', { limit: 1 })).entries;
      expect(kept?.text).to.equal(JSON.stringify(deep));
    });

    it('takes any device name, __proto__ and constructor included', async () => {
      const names = ['__proto__', 'constructor', 'toString', "'; DROP TABLE messages; --", '手机', 'a'.repeat(64)];
      await relay.log.append(message(1), names);
      await relay.reopen();
      for (const name of names)
        expect(brief((await relay.log.unsettled(name, '0', { limit: 5 })).deliveries), name).to.deep.equal(['1 ready']);
      expect([...(await relay.log.queued()).keys()]).to.have.members(names);
    });

    it('keeps one delivery for a device named twice', async () => {
      await relay.log.append(message(1), ['phone', 'phone']);
      expect(await relay.log.queued()).to.deep.equal(new Map([['phone', 1]]));
    });

    it('keeps the mid alone of a message for nobody', async () => {
      await relay.log.append(message(7), []);
      expect(await relay.log.lastMid()).to.equal('7');
      await relay.reopen();
      expect(await relay.log.lastMid()).to.equal('7');
      expect(await relay.log.expire(100)).to.equal(0);
    });

    it('takes a group of 1,000 devices', async () => {
      const group = Array.from({ length: 1000 }, (_, index) => `device ${index}`);
      await Promise.all([1, 2, 3].map((mid) => relay.log.append(message(mid), group)));
      await relay.reopen();
      const queued = await relay.log.queued();
      expect(queued.size).to.equal(1000);
      expect(new Set(queued.values())).to.deep.equal(new Set([3]));
      expect(brief((await relay.log.unsettled('device 999', '1', { limit: 10 })).deliveries)).to.deep.equal([
        '2 ready',
        '3 ready',
      ]);
    });

    // Answers of Redis come in order too, but a promise may need a step more than another.
    if (harness.sharesPlaces !== true)
      it('resolves in call order, records included', async () => {
        const order: string[] = [];
        const note = (name: string) => () => order.push(name);
        await Promise.all([
          relay.log.append(message(1), ['phone']).then(note('append 1')),
          relay.log.record('1', 'phone', 'held').then(note('record')),
          relay.log.append(message(2), []).then(note('append 2')),
          relay.log.append(message(3), ['phone', 'tablet']).then(note('append 3')),
        ]);
        expect(order).to.deep.equal(['append 1', 'record', 'append 2', 'append 3']);
      });

    it('refuses a mid that is not above the last one, and keeps the rest', async () => {
      const results = await Promise.allSettled([
        relay.log.append(message(5), ['phone']),
        relay.log.append(message(5), ['phone']),
        relay.log.append(message(4), ['phone']),
        relay.log.append(message('six'), ['phone']),
        relay.log.append(message('9'.repeat(30)), ['phone']),
        relay.log.append(message(6), ['phone']),
      ]);
      expect(results.map(({ status }) => status === 'fulfilled')).to.deep.equal([
        true,
        false,
        false,
        false,
        false,
        true,
      ]);
      expect(brief((await relay.log.history('phone', '0', { limit: 10 })).entries)).to.deep.equal([
        '5 ready',
        '6 ready',
      ]);
    });

    it('refuses everything once it is closed', async () => {
      await relay.backend.close();
      const results = await Promise.allSettled([
        relay.log.append(message(1), ['phone']),
        relay.log.record('1', 'phone', 'ok'),
        relay.backend.devices.remove('phone'),
      ]);
      expect(results.map(({ status }) => status)).to.deep.equal(['rejected', 'rejected', 'rejected']);
    });
  });

  describe('log.lastMid', () => {
    const relay = useBackend(harness);

    it('is "0" for a new log', async () => {
      expect(await relay.log.lastMid()).to.equal('0');
    });

    it('counts a message that is stored, and survives a restart', async () => {
      const mid = String(Number.MAX_SAFE_INTEGER);
      await relay.log.append(message(mid), ['phone']);
      expect(await relay.log.lastMid()).to.equal(mid);
      await relay.reopen();
      expect(await relay.log.lastMid()).to.equal(mid);
      expect(brief((await relay.log.history('phone', '0', { limit: 1 })).entries)).to.deep.equal([`${mid} ready`]);
    });
  });
}

export function describeRecord(harness: Harness<Backend>): void {
  describe('log.record', () => {
    const relay = useBackend(harness);

    for (const from of STATUSES.filter((status) => status !== 'no')) {
      it(`leaves ${from} for a higher status only${FINAL.has(from) ? ': never' : ''}`, async () => {
        let mid = 0;
        for (const to of STATUSES) {
          mid += 1;
          await relay.log.append(message(mid), ['phone']);
          if (from !== 'ready') expect(await relay.log.record(String(mid), 'phone', from)).to.equal(true);
          const rises = !FINAL.has(from) && STATUS_RANK[to] > STATUS_RANK[from];
          expect(await relay.log.record(String(mid), 'phone', to), to).to.equal(rises);
          const [kept] = (await relay.log.history('phone', String(mid - 1), { limit: 1 })).entries;
          expect(kept?.status, to).to.equal(rises ? to : from);
        }
      });
    }

    it('raises one delivery and no other', async () => {
      await Promise.all([1, 2].map((mid) => relay.log.append(message(mid), ['phone', 'tablet'])));
      await relay.log.record('1', 'phone', 'held');
      expect(brief((await relay.log.history('phone', '0', { limit: 9 })).entries)).to.deep.equal(['1 held', '2 ready']);
      expect(brief((await relay.log.history('tablet', '0', { limit: 9 })).entries)).to.deep.equal([
        '1 ready',
        '2 ready',
      ]);
    });

    it('is false for what is unknown', async () => {
      await relay.log.append(message(1), ['phone']);
      for (const [mid, device] of [
        ['2', 'phone'],
        ['1', 'tablet'],
        ['1', '__proto__'],
        ['', 'phone'],
        ['1.0', 'phone'],
        ['01', 'phone'],
        ['-1', 'phone'],
        ['one', 'phone'],
        ['9'.repeat(400), 'phone'],
      ] as const) {
        expect(await relay.log.record(mid, device, 'ok'), mid).to.equal(false);
      }
      expect(await relay.log.record('1', 'phone', 'ok')).to.equal(true);
    });

    itSeesCalls(harness, 'sees an append and other records that were called for just before', async () => {
      const results = await Promise.all([
        relay.log.append(message(1), ['phone']),
        relay.log.record('1', 'phone', 'ok'),
        relay.log.record('1', 'phone', 'ok'),
        relay.log.record('1', 'phone', 'failed'),
      ]);
      expect(results.slice(1)).to.deep.equal([true, false, false]);
    });

    it('survives a restart', async () => {
      await relay.log.append(message(1), ['phone', 'tablet']);
      await relay.log.record('1', 'phone', 'webpush-ok-comfirm');
      await relay.log.record('1', 'tablet', 'failed');
      await relay.reopen();
      expect(brief((await relay.log.history('phone', '0', { limit: 1 })).entries)).to.deep.equal([
        '1 webpush-ok-comfirm',
      ]);
      expect(brief((await relay.log.history('tablet', '0', { limit: 1 })).entries)).to.deep.equal(['1 failed']);
      expect(await relay.log.record('1', 'tablet', 'ok')).to.equal(false);
    });
  });
}

export function describeUnsettled(harness: Harness<Backend>): void {
  describe('log.unsettled and log.history', () => {
    const relay = useBackend(harness);
    const append = (mids: number[], devices = ['phone']) =>
      Promise.all(mids.map((mid) => relay.log.append(message(mid), devices)));

    it('give ascending pages above a mid', async () => {
      await append([1, 2, 10, 11, 100]);
      await relay.log.record('2', 'phone', 'ok');
      expect(brief((await relay.log.unsettled('phone', '0', { limit: 2 })).deliveries)).to.deep.equal([
        '1 ready',
        '10 ready',
      ]);
      expect(brief((await relay.log.unsettled('phone', '10', { limit: 2 })).deliveries)).to.deep.equal([
        '11 ready',
        '100 ready',
      ]);
      expect(brief((await relay.log.unsettled('phone', '100', { limit: 2 })).deliveries)).to.deep.equal([]);
      expect(brief((await relay.log.history('phone', '1', { limit: 2 })).entries)).to.deep.equal(['2 ok', '10 ready']);
      expect(brief((await relay.log.history('phone', '9'.repeat(30), { limit: 2 })).entries)).to.deep.equal([]);
    });

    it('give what waits within bounds of bytes, with its size', async () => {
      const texts = ['a'.repeat(1000), 'b'.repeat(3000), 'c'.repeat(100)];
      await Promise.all(texts.map((text, index) => relay.log.append(message(index + 1, text), ['phone'])));
      const read = async (bounds: ReadBounds) => {
        const { deliveries, more } = await relay.log.unsettled('phone', '0', bounds);
        return { mids: deliveries.map((one) => one.message.mid).join(), more };
      };
      const { deliveries } = await relay.log.unsettled('phone', '0', { limit: 9 });
      for (const { message: kept, bytes } of deliveries) {
        expect(bytes).to.equal(Buffer.byteLength(JSON.stringify(toWire(kept))));
      }
      expect(await read({ limit: 9 })).to.deep.equal({ mids: '1,2,3', more: false });
      expect(await read({ limit: 2 })).to.deep.equal({ mids: '1,2', more: true });
      expect(await read({ limit: 9, maxBytes: 2000 })).to.deep.equal({ mids: '1', more: true });
      expect(await read({ limit: 9, maxBytes: 10 })).to.deep.equal({ mids: '', more: true });
      expect(await read({ limit: 9, maxBytes: 10, atLeastOne: true })).to.deep.equal({ mids: '1', more: true });
      expect(await read({ limit: 9, maxBytes: 10_000 })).to.deep.equal({ mids: '1,2,3', more: false });
    });

    it('give large messages between small ones in their order', async () => {
      const sizes = [10, 30_000, 20, 40_000, 30];
      await Promise.all(sizes.map((size, index) => relay.log.append(message(index + 1, 'ü'.repeat(size)), ['phone'])));
      const bounds = { limit: 9, maxBytes: 2 ** 18 };
      const { deliveries } = await relay.log.unsettled('phone', '0', bounds);
      expect(deliveries.map((one) => one.message.content.title.length)).to.deep.equal(sizes);
      for (const [page, order] of [
        [await relay.log.history('phone', '0', bounds), sizes],
        [await relay.log.recent('phone', '9', bounds), sizes.toReversed()],
      ] as const) {
        expect(page.entries.map(({ text }) => JSON.parse(String(text)).message.text.length)).to.deep.equal(order);
      }
    });

    it('give a message as the caller holds it already, which counts all the same', async () => {
      await append([1, 2, 3]);
      const mine = message(2, 'mine');
      const held = (mid: string) => (mid === '2' ? mine : undefined);
      const { deliveries } = await relay.log.unsettled('phone', '0', { limit: 9, held });
      expect(deliveries.map((one) => one.message === mine)).to.deep.equal([false, true, false]);
      const [first] = deliveries;
      const page = await relay.log.unsettled('phone', '0', { limit: 9, maxBytes: first?.bytes ?? 0, held });
      expect(brief(page.deliveries)).to.deep.equal(['1 ready']);
    });

    itSeesCalls(harness, 'see what was called for just before', async () => {
      const appended = relay.log.append(message(1), ['phone']);
      const recorded = relay.log.record('1', 'phone', 'held');
      expect(brief((await relay.log.unsettled('phone', '0', { limit: 9 })).deliveries)).to.deep.equal(['1 held']);
      await Promise.all([appended, recorded]);
    });

    it('find what is unsettled between any number of settled ones, before and after a restart', async () => {
      const mids = Array.from({ length: 1000 }, (_, index) => index + 1);
      const open = new Set([1, 400, 1000]);
      await append(mids);
      const settle = (numbers: number[]) =>
        Promise.all(numbers.map((mid) => relay.log.record(String(mid), 'phone', mid % 2 ? 'ok' : 'failed')));
      await settle(mids.filter((mid) => !open.has(mid)));
      expect(brief((await relay.log.unsettled('phone', '0', { limit: 9 })).deliveries)).to.deep.equal([
        '1 ready',
        '400 ready',
        '1000 ready',
      ]);
      await settle([1]);
      await relay.reopen();
      expect(brief((await relay.log.unsettled('phone', '0', { limit: 9 })).deliveries)).to.deep.equal([
        '400 ready',
        '1000 ready',
      ]);
      expect(await relay.log.queued()).to.deep.equal(new Map([['phone', 2]]));
      await settle([400, 1000]);
      await relay.reopen();
      await relay.log.append(message(1001), ['phone']);
      expect(brief((await relay.log.unsettled('phone', '0', { limit: 9 })).deliveries)).to.deep.equal(['1001 ready']);
      expect((await relay.log.history('phone', '0', { limit: 2000 })).entries).to.have.length(1001);
    });

    it('refuse a bound that is no mid', async () => {
      for (const bound of ['', 'x', '-1', '1.5']) {
        const [result] = await Promise.allSettled([relay.log.history('phone', bound, { limit: 1 })]);
        expect(result?.status, bound).to.equal('rejected');
      }
    });
  });
}

export function describeQueued(harness: Harness<Backend>): void {
  describe('log.queued', () => {
    const relay = useBackend(harness);

    it('counts what is unsettled per device and leaves out the others', async () => {
      await relay.log.append(message(1), ['phone', 'tablet', 'watch']);
      await relay.log.append(message(2), ['phone']);
      await relay.log.record('1', 'tablet', 'ok');
      await relay.log.record('1', 'watch', 'failed');
      await relay.log.record('1', 'phone', 'webpush-ok');
      expect(await relay.log.queued()).to.deep.equal(new Map([['phone', 2]]));
      await relay.reopen();
      expect(await relay.log.queued()).to.deep.equal(new Map([['phone', 2]]));
    });
  });
}

export function describeOverdue(harness: Harness<Backend>): void {
  describe('log.overdue', () => {
    const relay = useBackend(harness);

    it('gives unsettled deliveries whose time is over, a page at a time', async () => {
      for (const mid of [1, 2, 3, 4]) await relay.log.append(message(mid), ['phone', 'tablet']);
      await relay.log.record('1', 'phone', 'ok');
      await relay.log.record('2', 'tablet', 'held');
      const found = await relay.log.overdue(WEEK + 3, 10);
      expect(found).to.have.deep.members([
        { mid: '1', device: 'tablet', status: 'ready' },
        { mid: '2', device: 'phone', status: 'ready' },
        { mid: '2', device: 'tablet', status: 'held' },
      ]);
      expect(await relay.log.overdue(WEEK + 3, 2)).to.have.length(2);
      await Promise.all(found.map(({ mid, device }) => relay.log.record(mid, device, 'failed')));
      expect(await relay.log.overdue(WEEK + 3, 10)).to.deep.equal([]);
      expect(await relay.log.overdue(Number.MAX_SAFE_INTEGER, 10)).to.have.length(4);
    });
  });
}

export function describeRetract(harness: Harness<Backend>): void {
  describe('log.revert', () => {
    const relay = useBackend(harness);

    it('takes the status of an attempt back, and lets it rise again', async () => {
      await relay.log.append(message(1), ['phone', 'tablet']);
      await relay.log.record('1', 'phone', 'webpush-wait');
      await relay.log.record('1', 'tablet', 'fcm-wait');
      expect(await relay.log.revert('1', 'phone', 'webpush-wait')).to.equal(true);
      await relay.reopen();
      expect([...((await relay.log.find('1'))?.statuses ?? [])]).to.deep.equal([
        ['phone', 'ready'],
        ['tablet', 'fcm-wait'],
      ]);
      expect(await relay.log.record('1', 'phone', 'webpush-wait')).to.equal(true);
    });

    it('leaves every other status, and knows what it does not have', async () => {
      await relay.log.append(message(1), ['phone']);
      await relay.log.record('1', 'phone', 'webpush-ok');
      for (const [mid, device, status] of [
        ['1', 'phone', 'webpush-wait'],
        ['1', 'phone', 'webpush-ok'],
        ['2', 'phone', 'webpush-wait'],
        ['1', 'nobody', 'webpush-wait'],
        ['x', 'phone', 'webpush-wait'],
      ] as const) {
        expect(await relay.log.revert(mid, device, status)).to.equal(false);
      }
      await relay.log.record('1', 'phone', 'ok');
      expect(await relay.log.revert('1', 'phone', 'ok')).to.equal(false);
      expect(brief((await relay.log.history('phone', '0', { limit: 9 })).entries)).to.deep.equal(['1 ok']);
    });
  });
}
