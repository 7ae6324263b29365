import { expect } from 'chai';
import type { Draft } from '../../server/delivery/message.ts';
import { createIdempotency } from '../../server/messages/idempotency.ts';
import type { SendOptions } from '../../server/messages/options.ts';
import type { Published } from '../../server/messages/publish-now.ts';
import { readContent } from '../../shared/content.ts';
import type { Message } from '../../shared/message.ts';
import { fakeClock } from '../support/clock.ts';
import { memoryDocuments } from '../support/memory-documents.ts';
import { messagesFrom } from '../support/message.ts';
import { rejection } from '../support/rejection.ts';

function draft(text = 'hello'): Draft {
  return {
    sendType: 'personal',
    target: 'phone',
    from: { method: 'http', name: '' },
    content: readContent({ text, desp: '', extra: {} }),
  };
}

function idempotency() {
  const clock = fakeClock();
  const make = messagesFrom(clock);
  /** What the log has stored, by number. */
  const stored = new Map<string, Message>();
  const log = {
    stamp: async (one: Draft) => make(one),
    find: async (mid: string) => {
      const message = stored.get(mid) ?? [...stored.values()].find((one) => one.mid === mid);
      return message && { message, statuses: new Map([['phone', 'ok' as const]]), removed: new Set<string>() };
    },
  };
  const { once } = createIdempotency({ documents: memoryDocuments(clock.now), log, clock });
  let runs = 0;
  /** Stores the message as the log does, once for a number. */
  const run = async (one: Draft): Promise<Published> => {
    runs += 1;
    const number = one.number ?? '';
    const message = stored.get(number) ?? make(one);
    stored.set(number, message);
    return { mid: message.mid, statuses: new Map([['phone', 'ready' as const]]) };
  };
  const ask = (text = 'hello', sender = 'owner', options?: SendOptions, by = run) =>
    once({ sender, key: 'k1', draft: draft(text), options }, by);
  return { clock, ask, stored, runs: () => runs };
}

describe('createIdempotency', () => {
  it('answers a repeat as the first request, and sends nothing', async () => {
    const { ask, runs } = idempotency();
    const first = await ask();
    const second = await ask();
    expect(second.mid).to.equal(first.mid);
    expect([...second.statuses]).to.deep.equal([['phone', 'ok']]);
    expect([first.isRepeat, second.isRepeat]).to.deep.equal([undefined, true]);
    expect(runs()).to.equal(1);
  });

  it('stores one message if both come at once', async () => {
    const { ask, stored } = idempotency();
    const mids = await Promise.all([ask(), ask(), ask()].map(async (reply) => (await reply).mid));
    expect(new Set(mids).size).to.equal(1);
    expect(stored.size).to.equal(1);
  });

  it('refuses another content under the same key', async () => {
    const { ask } = idempotency();
    await ask();
    expect(await rejection(ask('other'))).to.include({ code: 'conflict' });
    expect(await rejection(ask('hello', 'owner', { ttl: 5 }))).to.include({ code: 'conflict' });
  });

  it('keeps the keys of senders apart', async () => {
    const { ask, runs } = idempotency();
    await ask();
    await ask('other', 'device/phone');
    expect(runs()).to.equal(2);
  });

  it('forgets a key after 24 hours', async () => {
    const { ask, clock, runs } = idempotency();
    await ask();
    await clock.tick(24 * 3_600_000);
    await ask('other');
    expect(runs()).to.equal(2);
  });

  it('tries again with the same number if the first request failed', async () => {
    const { ask, stored } = idempotency();
    const numbers: (string | undefined)[] = [];
    const failing = async (one: Draft) => {
      numbers.push(one.number);
      throw new Error('the disk is full');
    };
    await rejection(ask('hello', 'owner', undefined, failing));
    await ask();
    expect([...stored.keys()]).to.deep.equal(numbers);
  });

  it('repeats the answer to a scheduled message, whatever has become of it', async () => {
    const { ask } = idempotency();
    const scheduled = { id: 'standup', dueAt: 1 };
    let runs = 0;
    const run = async () => {
      runs += 1;
      return { mid: '', statuses: new Map(), scheduled };
    };
    const timing = (given: string) => ({ timing: { dueAt: Date.now(), given } });
    await ask('hello', 'owner', timing('30m'), run);
    expect((await ask('hello', 'owner', timing('30m'), run)).scheduled).to.deep.equal(scheduled);
    expect(runs).to.equal(1);
    expect(await rejection(ask('hello', 'owner', timing('31m'), run))).to.include({ code: 'conflict' });
  });
});
