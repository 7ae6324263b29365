// The part of the contract about what is deleted.
import { expect } from 'chai';
import type { Backend } from '../../server/backends/backend.ts';
import { WEEK } from '../support/message.ts';
import { brief, type Harness, message, useBackend } from './harness.ts';

export function describeExpire(harness: Harness<Backend>): void {
  describe('log.expire', () => {
    const relay = useBackend(harness);

    it('deletes messages below a mid, settled or not, and says how many', async () => {
      for (const mid of [1, 2, 3, 4]) await relay.log.append(message(mid), ['phone', 'tablet']);
      await relay.log.record('1', 'phone', 'ok');
      const deleted = await relay.log.expire(3);
      // A call that is made again finds only what the first one has left.
      expect(deleted).to.be.within(harness.callsAgain === true ? 0 : 2, 2);
      expect(brief((await relay.log.history('phone', '0', { limit: 9 })).entries)).to.deep.equal([
        '3 ready',
        '4 ready',
      ]);
      expect(brief((await relay.log.unsettled('tablet', '0', { limit: 9 })).deliveries)).to.deep.equal([
        '3 ready',
        '4 ready',
      ]);
      expect(await relay.log.queued()).to.deep.equal(
        new Map([
          ['phone', 2],
          ['tablet', 2],
        ]),
      );
      expect(await relay.log.record('1', 'tablet', 'ok')).to.equal(false);
      expect(await relay.log.expire(3)).to.equal(0);
    });

    it('keeps the last mid', async () => {
      await relay.log.append(message(41), ['phone']);
      await relay.log.expire(42);
      await relay.reopen();
      expect(await relay.log.lastMid()).to.equal('41');
    });

    it('works through many messages and large groups while others append', async () => {
      const group = Array.from({ length: 450 }, (_, index) => `device ${index}`);
      await Promise.all(Array.from({ length: 1001 }, (_, mid) => relay.log.append(message(mid + 1), ['phone'])));
      await relay.log.append(message(2000), group);
      const expired = relay.log.expire(2001);
      await relay.log.append(message(3000), ['phone']);
      expect(await expired).to.be.within(harness.callsAgain === true ? 0 : 1002, 1002);
      expect(await relay.log.queued()).to.deep.equal(new Map([['phone', 1]]));
    });
  });
}

export function describeForget(harness: Harness<Backend>): void {
  describe('log.forget', () => {
    const relay = useBackend(harness);

    it('deletes everything of a device and leaves the others theirs', async () => {
      await relay.log.append(message(1, 'for both'), ['phone', 'tablet']);
      await relay.log.append(message(2, 'for one'), ['phone']);
      await relay.log.forget('phone');
      expect((await relay.log.history('phone', '0', { limit: 9 })).entries).to.deep.equal([]);
      expect(await relay.log.queued()).to.deep.equal(new Map([['tablet', 1]]));
      expect(await relay.log.overdue(WEEK + 2, 9)).to.deep.equal([{ mid: '1', device: 'tablet', status: 'ready' }]);
      expect(await relay.log.record('1', 'phone', 'ok')).to.equal(false);
      await relay.reopen();
      expect((await relay.log.history('phone', '0', { limit: 9 })).entries).to.deep.equal([]);
      expect(await relay.log.expire(9)).to.equal(1);
    });

    it('takes a device back under the same name without its past', async () => {
      const mids = Array.from({ length: 500 }, (_, index) => index + 1);
      await Promise.all(mids.map((mid) => relay.log.append(message(mid), ['__proto__'])));
      const forgotten = relay.log.forget('__proto__');
      const appended = relay.log.append(message(501), ['__proto__']);
      await Promise.all([forgotten, appended]);
      expect(brief((await relay.log.history('__proto__', '0', { limit: 999 })).entries)).to.deep.equal(['501 ready']);
      await relay.reopen();
      expect(brief((await relay.log.unsettled('__proto__', '0', { limit: 999 })).deliveries)).to.deep.equal([
        '501 ready',
      ]);
    });

    it('is content with a device that it does not know', async () => {
      await relay.log.forget('nobody');
      expect(await relay.log.queued()).to.deep.equal(new Map());
    });
  });
}
