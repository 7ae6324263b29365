// The part of the contract about the messages of targets and keys, and about messages that devices remove.
import { expect } from 'chai';
import type { Backend } from '../../server/backends/backend.ts';
import type { Draft } from '../../server/delivery/message.ts';
import type { ReadBounds, TargetHistory } from '../../server/delivery/ports.ts';
import { plainContent, readContent } from '../../shared/content.ts';
import { rejection } from '../support/rejection.ts';
import { brief, type Harness, useBackend } from './harness.ts';

const ALL: ReadBounds = { limit: 99 };
const HUGE = '9'.repeat(400);
/** Harnesses open their backends with this bound. */
const MAX_FEEDS = 3;

function to(target: string, more: Partial<Draft> = {}): Draft {
  return { sendType: 'personal', target, from: { method: 'http', name: '' }, content: plainContent(target), ...more };
}

const keyed = (key: string): Partial<Draft> => ({ content: readContent({ text: 'x', desp: '', extra: { key } }) });

/** What tests do with a log. */
function useTargets(harness: Harness<Backend>) {
  const relay = useBackend(harness);
  return {
    relay,
    async accept(draft: Draft, devices: readonly string[] = []): Promise<string> {
      const accepted = await relay.log.accept(draft, devices, relay.backend.devices.version());
      if (accepted === 'stale') throw new Error('nothing has changed');
      return accepted.message.mid;
    },
  };
}

const mids = ({ entries }: TargetHistory) => entries.map(({ mid }) => mid);

export function describeTargets(harness: Harness<Backend>): void {
  describe('log.ofTargets', () => {
    const { relay, accept } = useTargets(harness);

    it('has what was sent to a device by its name, to a group, and to a feed, each once and in order', async () => {
      const a = await accept(to('phone'), ['phone']);
      const b = await accept(to('family', { sendType: 'group' }), ['phone', 'tablet']);
      const c = await accept(to('news', { feed: true }));
      const d = await accept(to('phone', { sendType: 'group' }), ['phone']);
      await accept(to('other'), ['tablet']);
      await relay.reopen();
      expect(mids(await relay.log.ofTargets(['phone', 'news', 'family', 'news'], '0', ALL))).to.deep.equal([
        a,
        b,
        c,
        d,
      ]);
      expect(mids(await relay.log.recentOfTargets(['phone', 'family'], HUGE, ALL))).to.deep.equal([d, b, a]);
      expect(mids(await relay.log.ofTargets(['news'], '0', ALL))).to.deep.equal([c]);
      expect(mids(await relay.log.ofTargets(['phone'], a, ALL))).to.deep.equal([d]);
      expect(mids(await relay.log.ofTargets(['tablet', '__proto__'], '0', ALL))).to.deep.equal([]);
    });

    it('has a message of a feed once that devices have too, also of one of that name', async () => {
      const one = await accept(to('phone', { feed: true }), ['phone', 'tablet']);
      const two = await accept(to('phone', { sendType: 'group', feed: true }), ['phone']);
      await relay.reopen();
      expect(mids(await relay.log.ofTargets(['phone'], '0', ALL))).to.deep.equal([one, two]);
    });

    it('tells of messages that were cleared or deleted', async () => {
      const notice = { kind: 'delete', key: 'a "number": 1\n' } as const;
      const mid = await accept(to('news', { feed: true, notice }));
      await relay.reopen();
      const { entries } = await relay.log.ofTargets(['news'], '0', ALL);
      expect(entries.map((entry) => [entry.mid, entry.notice])).to.deep.equal([[mid, notice]]);
      const found = await relay.log.find(mid);
      expect([found?.message.notice, found?.statuses.size]).to.deep.equal([notice, 0]);
    });

    it('gives pages within the bounds, from which the next one goes on', async () => {
      const sent: string[] = [];
      for (let count = 0; count < 5; count += 1) {
        sent.push(await accept(to('phone'), ['phone']), await accept(to('family', { sendType: 'group' }), ['phone']));
      }
      const read: string[] = [];
      for (let last = '0', more = true; more; ) {
        const page = await relay.log.ofTargets(['phone', 'family'], last, { limit: 3 });
        expect(page.entries.length).to.be.at.most(3);
        read.push(...mids(page));
        ({ last, more } = page);
      }
      expect(read).to.deep.equal(sent);
      const bytes = Buffer.byteLength((await relay.log.ofTargets(['phone'], '0', ALL)).entries[0]?.text ?? '');
      const page = await relay.log.ofTargets(['phone'], '0', { limit: 9, maxBytes: bytes * 2 });
      // What was sent to the groups of a device may count too.
      expect(page.entries.length).to.be.within(1, 2);
      expect(page.more).to.equal(true);
      const one = await relay.log.ofTargets(['phone'], '0', { limit: 9, maxBytes: 1, atLeastOne: true });
      expect([one.entries.length, one.more]).to.deep.equal([1, true]);
    });

    it('keeps a feed for its name alone, and refuses one too many until one is empty', async () => {
      const names = Array.from({ length: MAX_FEEDS }, (_, index) => `feed ${index}`);
      const [first = ''] = await Promise.all(names.map((name) => accept(to(name, { feed: true }))));
      const error = await rejection(accept(to('one more', { feed: true })));
      expect(error).to.have.property('code', 'too_many');
      expect(error.message).to.include('storage.maxFeeds');
      await accept(to('feed 0', { feed: true }));
      const found = await relay.log.find(first);
      expect([found?.message.feed, found?.statuses.size]).to.deep.equal([true, 0]);
      expect(await relay.log.queued()).to.deep.equal(new Map());
      expect(mids(await relay.log.ofTargets(['one more'], '0', ALL))).to.deep.equal([]);
    });

    it('keeps nothing of a message to nobody that is for no feed', async () => {
      const mid = await accept(to('nobody'));
      await accept(to('nobody', { sendType: 'group' }));
      expect(mids(await relay.log.ofTargets(['nobody'], '0', ALL))).to.deep.equal([]);
      expect(await relay.log.find(mid)).to.equal(undefined);
    });

    it('forgets what is too old', async () => {
      await accept(to('news', { feed: true }));
      await accept(to('family', { sendType: 'group', ...keyed('disk') }), ['phone']);
      expect(await relay.log.expire(Number.MAX_SAFE_INTEGER)).to.equal(2);
      expect(mids(await relay.log.ofTargets(['news', 'family'], '0', ALL))).to.deep.equal([]);
      expect(await relay.log.ofKey('family', 'disk', 9)).to.deep.equal([]);
    });
  });
}

export function describeRemoval(harness: Harness<Backend>): void {
  describe('log.ofKey', () => {
    const { relay, accept } = useTargets(harness);

    it('has the mids of a key of a target, newest first', async () => {
      const a = await accept(to('phone', keyed('disk')), ['phone']);
      const b = await accept(to('phone', { sendType: 'group', ...keyed('disk') }), ['phone']);
      await accept(to('phone', keyed('fan')), ['phone']);
      await accept(to('tablet', keyed('disk')), ['tablet']);
      await relay.reopen();
      expect(await relay.log.ofKey('phone', 'disk', 9)).to.deep.equal([b, a]);
      expect(await relay.log.ofKey('phone', 'disk', 1)).to.deep.equal([b]);
      expect(await relay.log.ofKey('phone', 'none', 9)).to.deep.equal([]);
    });
  });

  describe('log.remove', () => {
    const { relay, accept } = useTargets(harness);
    const history = async (device: string) => brief((await relay.log.history(device, '0', ALL)).entries);

    it('takes settled deliveries out of the history of one device, and keeps their statuses', async () => {
      const a = await accept(to('family', { sendType: 'group' }), ['phone', 'tablet']);
      const b = await accept(to('phone'), ['phone']);
      await relay.log.record(a, 'phone', 'ok');
      await relay.log.record(b, 'phone', 'failed');
      expect(await relay.log.remove('phone', [a, b, '1', 'x'])).to.deep.equal([a, b]);
      expect(await relay.log.remove('phone', [a])).to.deep.equal([]);
      await relay.reopen();
      expect(await history('phone')).to.deep.equal([]);
      expect(brief((await relay.log.recent('phone', HUGE, ALL)).entries)).to.deep.equal([]);
      expect(await history('tablet')).to.deep.equal([`${a} ready`]);
      const found = await relay.log.find(a);
      expect(found?.statuses.get('phone')).to.equal('ok');
      expect([...(found?.removed ?? [])]).to.deep.equal(['phone']);
      expect((await relay.log.find(b))?.statuses.get('phone')).to.equal('failed');
      expect(mids(await relay.log.ofTargets(['family'], '0', ALL))).to.deep.equal([a]);
      expect(await relay.log.record(a, 'phone', 'ok')).to.equal(false);
    });

    it('leaves what still waits', async () => {
      const mid = await accept(to('phone'), ['phone']);
      expect(await relay.log.remove('phone', [mid])).to.deep.equal([]);
      expect(await history('phone')).to.deep.equal([`${mid} ready`]);
      expect(await relay.log.remove('nobody', [mid])).to.deep.equal([]);
    });

    it('keeps a message that another device has when this one is forgotten', async () => {
      const mid = await accept(to('family', { sendType: 'group' }), ['phone', 'tablet']);
      await relay.log.record(mid, 'phone', 'ok');
      await relay.log.remove('phone', [mid]);
      await relay.log.forget('tablet');
      expect((await relay.log.find(mid))?.statuses.get('phone')).to.equal('ok');
      await relay.log.forget('phone');
      expect(await history('phone')).to.deep.equal([]);
    });
  });

  describe('log.unlist', () => {
    const { relay, accept } = useTargets(harness);

    it('takes messages out of the histories of targets and keys', async () => {
      const a = await accept(to('family', { sendType: 'group', ...keyed('disk') }), ['phone']);
      const b = await accept(to('news', { feed: true, ...keyed('disk') }));
      const c = await accept(to('family', { sendType: 'group', ...keyed('disk') }), ['phone']);
      await relay.log.unlist([a, b, '1', 'x']);
      expect(mids(await relay.log.ofTargets(['family', 'news'], '0', ALL))).to.deep.equal([c]);
      expect(await relay.log.ofKey('family', 'disk', 9)).to.deep.equal([c]);
      expect(await relay.log.ofKey('news', 'disk', 9)).to.deep.equal([]);
    });
  });
}
