// The part of the contract about looking things up: the newest deliveries, one message, who received what.
import { expect } from 'chai';
import type { Backend } from '../../server/backends/backend.ts';
import type { Draft } from '../../server/delivery/message.ts';
import type { LatestPage, LoggedMessage } from '../../server/delivery/ports.ts';
import { plainContent } from '../../shared/content.ts';
import { toWire } from '../../shared/message.ts';
import type { Status } from '../../shared/status.ts';
import { isReceived, STATUS_RANK } from '../../shared/status.ts';
import { WEEK } from '../support/message.ts';
import { brief, type Harness, itSeesCalls, message, useBackend, wire } from './harness.ts';

const HUGE = '9'.repeat(400);
const MALFORMED = ['', 'x', '-1', '1.5', '01', ' 1', '1e3', '0x1', '１', '1\n', '__proto__'];

const statusesOf = (found: LoggedMessage | undefined) => [...(found?.statuses ?? [])];

export function describeRecent(harness: Harness<Backend>): void {
  describe('log.recent', () => {
    const relay = useBackend(harness);
    const append = (mids: number[], devices: string[]) =>
      Promise.all(mids.map((mid) => relay.log.append(message(mid), devices)));

    it('gives descending pages below a mid, settled or not', async () => {
      await append([1, 2, 10, 11, 100], ['phone']);
      await append([101], ['tablet']);
      await relay.log.record('10', 'phone', 'ok');
      expect(brief((await relay.log.recent('phone', HUGE, { limit: 2 })).entries)).to.deep.equal([
        '100 ready',
        '11 ready',
      ]);
      expect(brief((await relay.log.recent('phone', '11', { limit: 2 })).entries)).to.deep.equal(['10 ok', '2 ready']);
      expect(brief((await relay.log.recent('phone', '2', { limit: 2 })).entries)).to.deep.equal(['1 ready']);
      expect(brief((await relay.log.recent('phone', '1', { limit: 2 })).entries)).to.deep.equal([]);
      expect(brief((await relay.log.recent('phone', '0', { limit: 2 })).entries)).to.deep.equal([]);
      expect(brief((await relay.log.recent('phone', HUGE, { limit: 0 })).entries)).to.deep.equal([]);
    });

    it('has the greatest mid there is below any that is too large to be one', async () => {
      const mid = String(Number.MAX_SAFE_INTEGER);
      await relay.log.append(message(mid), ['phone']);
      expect(brief((await relay.log.recent('phone', HUGE, { limit: 2 })).entries)).to.deep.equal([`${mid} ready`]);
      expect(brief((await relay.log.recent('phone', mid, { limit: 2 })).entries)).to.deep.equal([]);
    });

    itSeesCalls(harness, 'sees what was called for just before', async () => {
      const written = [relay.log.append(message(1), ['phone']), relay.log.record('1', 'phone', 'held')];
      expect(brief((await relay.log.recent('phone', HUGE, { limit: 9 })).entries)).to.deep.equal(['1 held']);
      await Promise.all(written);
    });

    it('knows __proto__ as a device like any other, after a restart too', async () => {
      expect((await relay.log.recent('__proto__', HUGE, { limit: 9 })).entries).to.deep.equal([]);
      await append([1, 2], ['__proto__']);
      await relay.reopen();
      const text = JSON.stringify(wire(1));
      expect((await relay.log.recent('__proto__', '2', { limit: 9 })).entries).to.deep.equal([
        { mid: '1', createdAt: 1, expiresAt: 1 + WEEK, status: 'ready', text },
      ]);
      expect((await relay.log.recent('constructor', HUGE, { limit: 9 })).entries).to.deep.equal([]);
    });

    it('is without what expired or was forgotten', async () => {
      await append([1, 2, 3], ['phone', 'tablet']);
      await relay.log.expire(2);
      await relay.log.forget('tablet');
      expect(brief((await relay.log.recent('phone', HUGE, { limit: 9 })).entries)).to.deep.equal([
        '3 ready',
        '2 ready',
      ]);
      expect((await relay.log.recent('tablet', HUGE, { limit: 9 })).entries).to.deep.equal([]);
    });

    it('refuses a bound that is no mid', async () => {
      for (const bound of MALFORMED) {
        const [result] = await Promise.allSettled([relay.log.recent('phone', bound, { limit: 1 })]);
        expect(result?.status, bound).to.equal('rejected');
      }
    });
  });
}

export function describeLatest(harness: Harness<Backend>): void {
  describe('log.latest', () => {
    const relay = useBackend(harness);
    const briefly = ({ messages, last, more }: LatestPage) => ({
      found: messages.map(({ message: { mid }, statuses }) => [mid, ...[...statuses].flat()].join(' ')),
      last,
      more,
    });

    it('has the newest messages of all targets with their statuses, in pages', async () => {
      await relay.log.append(message(1), ['phone']);
      await relay.log.append(message(2), ['tablet', 'phone']);
      await relay.log.append(message(10), ['tablet']);
      await relay.log.append(message(11), []);
      await relay.log.record('2', 'phone', 'ok');
      await relay.reopen();
      const whole = { found: ['10 tablet ready', '2 tablet ready phone ok', '1 phone ready'], last: '1', more: false };
      const all = briefly(await relay.log.latest(HUGE, { limit: 9 }));
      expect({
        ...all,
        found: all.found.map((line) => line.replace('phone ok tablet ready', 'tablet ready phone ok')),
      }).to.deep.equal(whole);
      const page = await relay.log.latest('10', { limit: 1 });
      expect([page.messages.map(({ message: { mid } }) => mid), page.last, page.more]).to.deep.equal([
        ['2'],
        '2',
        true,
      ]);
      expect(briefly(await relay.log.latest('2', { limit: 9 }))).to.deep.equal({
        found: ['1 phone ready'],
        last: '1',
        more: false,
      });
      expect(briefly(await relay.log.latest('1', { limit: 9 }))).to.deep.equal({ found: [], last: '1', more: false });
    });

    it('ends after the message that exceeds the bytes, and goes on behind it', async () => {
      for (let mid = 1; mid <= 50; mid += 1) await relay.log.append(message(mid), ['phone']);
      const page = await relay.log.latest(HUGE, { limit: 99, maxBytes: 1 });
      expect(briefly(page)).to.deep.equal({ found: ['50 phone ready'], last: '50', more: true });
      const mids: string[] = [];
      for (let [last, more] = [HUGE, true]; more; ) {
        const next = await relay.log.latest(last, { limit: 7 });
        mids.push(...next.messages.map(({ message: { mid } }) => mid));
        [last, more] = [next.last, next.more];
      }
      expect(mids).to.deep.equal(Array.from({ length: 50 }, (_, index) => String(50 - index)));
    });

    it('has messages of feeds, and no notices', async () => {
      const draft = { sendType: 'personal', target: 'news', from: { method: 'http', name: '' }, feed: true } as const;
      const content = plainContent('x');
      const accept = (more: Partial<Draft>) =>
        relay.log.accept({ ...draft, content, ...more }, [], relay.backend.devices.version());
      await accept({});
      await accept({ notice: { kind: 'clear', key: 'k' } });
      const { messages, more } = await relay.log.latest(HUGE, { limit: 9 });
      expect([messages.map(({ message: { target } }) => target), more]).to.deep.equal([['news'], false]);
    });
  });
}

export function describeFind(harness: Harness<Backend>): void {
  describe('log.find', () => {
    const relay = useBackend(harness);

    it('gives the message with the status of every recipient', async () => {
      await relay.log.append(message(1), ['zebra']);
      await relay.log.append(message(2), ['middle', '__proto__', '10', '9']);
      await relay.log.append(message(3), ['9', 'constructor', '__proto__', 'zebra']);
      await relay.log.record('3', '__proto__', 'webpush-ok');
      await relay.log.record('3', 'zebra', 'ok');
      for (const again of [false, true]) {
        if (again) await relay.reopen();
        const found = await relay.log.find('3');
        expect(found && toWire(found.message)).to.deep.equal(wire(3));
        expect(statusesOf(found)).to.have.deep.members([
          ['zebra', 'ok'],
          ['__proto__', 'webpush-ok'],
          ['9', 'ready'],
          ['constructor', 'ready'],
        ]);
      }
    });

    itSeesCalls(harness, 'sees what was called for just before', async () => {
      const written = [relay.log.append(message(1), ['phone']), relay.log.record('1', 'phone', 'ok')];
      expect(statusesOf(await relay.log.find('1'))).to.deep.equal([['phone', 'ok']]);
      await Promise.all(written);
    });

    it('finds nothing for a mid that is unknown, huge or malformed, or that was for nobody', async () => {
      await relay.log.append(message(1), ['phone']);
      await relay.log.append(message(2), []);
      for (const mid of ['0', '2', '3', HUGE, String(Number.MAX_SAFE_INTEGER), ...MALFORMED]) {
        expect(await relay.log.find(mid), mid).to.equal(undefined);
      }
    });

    it('knows a group of 1,000', async () => {
      const group = Array.from({ length: 1000 }, (_, index) => `device ${index}`);
      await relay.log.append(message(1), group);
      expect([...((await relay.log.find('1'))?.statuses.keys() ?? [])]).to.deep.equal(group);
    });

    it('is without a device that was forgotten, and finds nothing when nobody is left or it expired', async () => {
      await relay.log.append(message(1), ['phone', 'tablet']);
      await relay.log.append(message(2), ['phone', 'tablet']);
      const forgotten = relay.log.forget('phone');
      expect(statusesOf(await relay.log.find('1'))).to.deep.equal([['tablet', 'ready']]);
      await forgotten;
      await relay.log.expire(2);
      expect(await relay.log.find('1')).to.equal(undefined);
      const last = relay.log.forget('tablet');
      expect(await relay.log.find('2')).to.equal(undefined);
      await last;
      await relay.reopen();
      expect(await relay.log.find('2')).to.equal(undefined);
    });
  });
}

export function describeLastReceived(harness: Harness<Backend>): void {
  describe('log.lastReceived', () => {
    const relay = useBackend(harness);
    const lastMids = async (devices: readonly string[]) =>
      new Map([...(await relay.log.lastReceived(devices))].map(([name, { mid }]) => [name, mid]));

    for (const status of Object.keys(STATUS_RANK) as Status[]) {
      it(`takes ${status} for ${isReceived(status) ? 'a proof' : 'none'}`, async () => {
        await relay.log.append(message(1), ['phone']);
        await relay.log.record('1', 'phone', status);
        const expected = isReceived(status) ? [['phone', '1']] : [];
        expect([...(await lastMids(['phone']))]).to.deep.equal(expected);
      });
    }

    it('gives the greatest mid of each device that was asked for, whatever came later', async () => {
      for (const mid of [1, 2, 3, 4, 5]) await relay.log.append(message(mid), ['phone', '__proto__', 'watch', 'tv']);
      await relay.log.record('3', 'phone', 'fcm-ok-comfirm');
      await relay.log.record('2', 'phone', 'ok');
      await relay.log.record('4', 'phone', 'failed');
      await relay.log.record('4', '__proto__', 'ok');
      await relay.log.record('5', 'tv', 'ok');
      const names = ['__proto__', 'phone', 'watch', 'nobody', 'constructor', 'phone'];
      const expected = new Map([
        ['phone', '3'],
        ['__proto__', '4'],
      ]);
      expect(await lastMids(names)).to.deep.equal(expected);
      await relay.reopen();
      expect(await lastMids(names)).to.deep.equal(expected);
      expect(await lastMids([])).to.deep.equal(new Map());
    });

    it('tells when the message was accepted', async () => {
      await relay.log.append({ ...message(7), createdAt: 1_795_311_202_514 }, ['phone']);
      await relay.log.record('7', 'phone', 'ok');
      const expected = new Map([['phone', { mid: '7', createdAt: 1_795_311_202_514 }]]);
      expect(await relay.log.lastReceived(['phone'])).to.deep.equal(expected);
      await relay.reopen();
      expect(await relay.log.lastReceived(['phone'])).to.deep.equal(expected);
    });

    itSeesCalls(harness, 'looks behind everything that waits', async () => {
      await relay.log.append(message(1), ['phone']);
      await relay.log.record('1', 'phone', 'ok');
      await Promise.all(Array.from({ length: 3000 }, (_, index) => relay.log.append(message(index + 2), ['phone'])));
      expect(await lastMids(['phone'])).to.deep.equal(new Map([['phone', '1']]));
    });

    itSeesCalls(harness, 'sees what was called for just before', async () => {
      const written = [relay.log.append(message(1), ['phone']), relay.log.record('1', 'phone', 'ok')];
      expect(await lastMids(['phone'])).to.deep.equal(new Map([['phone', '1']]));
      await Promise.all(written);
    });

    it('is without a device that was forgotten, even when it comes back, and without what expired', async () => {
      for (const mid of [1, 2]) await relay.log.append(message(mid), ['phone', 'tablet']);
      await relay.log.record('1', 'phone', 'ok');
      await relay.log.record('2', 'tablet', 'ok');
      await relay.log.forget('tablet');
      await relay.log.append(message(3), ['tablet']);
      expect(await lastMids(['phone', 'tablet'])).to.deep.equal(new Map([['phone', '1']]));
      await relay.log.expire(2);
      expect(await lastMids(['phone', 'tablet'])).to.deep.equal(new Map());
    });
  });
}
