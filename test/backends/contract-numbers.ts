// The part of the contract about the numbers of acceptances: a message with a number is stored once.
import { expect } from 'chai';
import type { Backend } from '../../server/backends/backend.ts';
import type { Draft } from '../../server/delivery/message.ts';
import type { Accepted } from '../../server/delivery/ports.ts';
import { plainContent } from '../../shared/content.ts';
import { brief, type Harness, useBackend } from './harness.ts';

const draft = (text: string, number?: string): Draft => ({
  sendType: 'personal',
  target: 'phone',
  from: { method: 'http', name: '' },
  content: plainContent(text),
  ...(number === undefined ? {} : { number }),
});

export function describeNumbers(harness: Harness<Backend>): void {
  describe('log.accept with a number', () => {
    const relay = useBackend(harness);

    async function accept(text: string, number: string, devices: readonly string[] = ['phone']): Promise<Accepted> {
      const accepted = await relay.log.accept(draft(text, number), devices, relay.backend.devices.version());
      if (accepted === 'stale') throw new Error('nothing has changed');
      return accepted;
    }
    const stamp = async () => (await relay.log.stamp(draft('number'))).mid;
    const kept = async () => brief((await relay.log.history('phone', '0', { limit: 9 })).entries);

    it('stores the message once, and gives it back to whoever repeats it', async () => {
      const number = await stamp();
      const { message, isRepeat } = await accept('first', number);
      expect(isRepeat).to.equal(undefined);
      const again = await accept('second', number);
      expect(again.isRepeat).to.equal(true);
      expect(again.message.mid).to.equal(message.mid);
      expect(again.message.content.title).to.equal('first');
      expect(again.message.createdAt).to.equal(message.createdAt);
      expect(await kept()).to.deep.equal([`${message.mid} ready`]);
    });

    it('stores it once if it comes several times at once, and after a restart', async () => {
      const number = await stamp();
      const all = await Promise.all(['a', 'b', 'c'].map((text) => accept(text, number)));
      expect(all.filter(({ isRepeat }) => isRepeat !== true)).to.have.length(1);
      expect(new Set(all.map(({ message: { mid } }) => mid)).size).to.equal(1);
      await relay.reopen();
      expect((await accept('d', number)).isRepeat).to.equal(true);
      expect(await kept()).to.have.length(1);
    });

    it('stores nothing for a number, also if the message is for a feed', async () => {
      const { mid } = await relay.log.stamp({ ...draft('fed'), feed: true });
      expect((await relay.log.ofTargets(['phone'], '0', { limit: 9 })).entries).to.deep.equal([]);
      expect(await relay.log.find(mid)).to.equal(undefined);
    });

    it('stores others beside it', async () => {
      const [one, two] = [await stamp(), await stamp()];
      await accept('one', one);
      await relay.log.accept(draft('plain'), ['phone'], relay.backend.devices.version());
      expect((await accept('two', two)).isRepeat).to.equal(undefined);
      expect(await kept()).to.have.length(3);
    });

    it('makes the id of the message from the number, wherever it is read', async () => {
      const number = await stamp();
      const id = relay.backend.messageIds.idOf(number);
      const { message } = await accept('hello', number);
      expect(message.id).to.equal(id);
      await relay.reopen();
      const [waiting] = (await relay.log.unsettled('phone', '0', { limit: 1 })).deliveries;
      expect(waiting?.message.id).to.equal(id);
      const [entry] = (await relay.log.history('phone', '0', { limit: 1 })).entries;
      expect(entry?.number).to.equal(number);
      expect(JSON.parse(entry?.text ?? '').mid).to.equal(message.mid);
      expect((await accept('again', number)).message.id).to.equal(id);
    });

    it('finds the message by its mid and by its number', async () => {
      const number = await stamp();
      const { message } = await accept('hello', number, ['phone', 'tablet']);
      await relay.log.record(message.mid, 'tablet', 'ok');
      for (const asked of [message.mid, number]) {
        const found = await relay.log.find(asked);
        expect(found?.message.mid).to.equal(message.mid);
        expect(new Map(found?.statuses)).to.deep.equal(
          new Map([
            ['phone', 'ready'],
            ['tablet', 'ok'],
          ]),
        );
      }
      expect(await relay.log.find(await stamp())).to.equal(undefined);
    });

    it('forgets the number with the message', async () => {
      const [expired, forgotten] = [await stamp(), await stamp()];
      const { message } = await accept('expires', expired);
      await relay.log.expire(message.createdAt + 1);
      expect(await relay.log.find(expired)).to.equal(undefined);
      expect((await accept('comes again', expired)).isRepeat).to.equal(undefined);
      await accept('goes with its device', forgotten, ['watch']);
      await relay.log.forget('watch');
      expect(await relay.log.find(forgotten)).to.equal(undefined);
    });
  });
}
