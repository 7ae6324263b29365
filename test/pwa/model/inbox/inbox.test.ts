import { effect } from '@preact/signals';
import { expect } from 'chai';
import { createInbox } from '../../../../pwa/src/model/inbox/inbox.ts';
import { loadEmoji } from '../../../../pwa/src/model/message/emoji.ts';
import type { Filter } from '../../../../pwa/src/model/model.ts';
import type { MessageRecord } from '../../../../pwa/src/model/store/database.ts';
import { workOf } from '../../../support/work.ts';

function record(n: number, change: Partial<MessageRecord> = {}, extra: Record<string, unknown> = {}): MessageRecord {
  const mid = String(1_700_000_000_000 + n);
  return {
    accountId: 'a',
    mid,
    order: -Number(mid),
    unread: 1,
    message: {
      sendType: n % 3 === 0 ? 'group' : 'personal',
      target: n % 3 === 0 ? 'all' : 'phone',
      from: { method: 'http', name: n % 2 === 0 ? 'cron' : '' },
      message: { text: `Backup ${n}`, desp: `Host server-${n % 7} is fine. ${'lorem ipsum '.repeat(20)}`, extra },
      mid,
    },
    ...change,
  };
}

function filled(count: number) {
  const inbox = createInbox('https://push.example.org/');
  inbox.show(Array.from({ length: count }, (_, n) => record(n)));
  return inbox;
}

describe('createInbox', () => {
  before(loadEmoji);

  it('shows the newest first, in whatever order messages arrive', () => {
    const inbox = createInbox('https://push.example.org/');
    inbox.show([record(2), record(5)]);
    inbox.show([record(1), record(9), record(3)]);
    expect(inbox.messages.value.map(({ title }) => title)).to.deep.equal([9, 5, 3, 2, 1].map((n) => `Backup ${n}`));
  });

  it('keeps the objects of messages that did not change', () => {
    const inbox = filled(100);
    const before = inbox.messages.value;
    inbox.show([record(50, { pinned: 1 }), record(51)]);
    const after = inbox.messages.value;
    const changed = after.filter((message, at) => message !== before[at]);
    expect(changed.map(({ title, pinned }) => [title, pinned])).to.deep.equal([['Backup 50', true]]);
  });

  it('notifies no one when nothing changes', () => {
    const inbox = filled(10);
    let runs = 0;
    const stop = effect(() => {
      inbox.messages.value;
      runs += 1;
    });
    inbox.show([record(3)]);
    inbox.hide([['a', '1']]);
    stop();
    expect(runs).to.equal(1);
  });

  it('replaces the beginning of a message with the whole', () => {
    const inbox = createInbox('https://push.example.org/');
    inbox.show([record(1, { partial: 1 })]);
    const whole = record(1);
    const body = { ...whole.message.message, desp: 'all of it' };
    inbox.show([{ ...whole, message: { ...whole.message, message: body } }]);
    expect(inbox.messages.value.map((message) => message.body)).to.deep.equal(['all of it']);
  });

  it('counts unread messages and lists senders and groups without the filter', () => {
    const inbox = filled(10);
    inbox.setFilter({ text: 'nothing like this' });
    const { unread: _, ...read } = record(0);
    inbox.show([read]);
    expect(inbox.unread.value).to.equal(9);
    expect(inbox.choices.value).to.deep.equal({ senders: ['cron'], groups: ['all'] });
    inbox.keepAccounts(new Set());
    expect([inbox.unread.value, inbox.choices.value.groups]).to.deep.equal([0, []]);
  });

  const filters: [string, Partial<Filter>, number][] = [
    ['text in a title', { text: 'BACKUP 42' }, 1],
    ['text in a body', { text: 'server-3 fine' }, 14],
    ['a sender', { sender: 'cron' }, 50],
    ['a group', { group: 'all' }, 34],
    ['a priority', { priority: 4 }, 1],
    ['tags by their name', { text: 'warning' }, 1],
    ['tags as shown', { text: '⚠️' }, 1],
    ['unread', { unreadOnly: true }, 100],
    ['pinned', { pinnedOnly: true }, 1],
    ['several things at once', { text: 'backup', group: 'all', sender: 'cron', unreadOnly: true }, 17],
  ];
  for (const [what, filter, count] of filters) {
    it(`finds ${what}`, () => {
      const inbox = filled(100);
      inbox.hide([['a', record(7).mid]]);
      inbox.show([record(7, { pinned: 1 }, { priority: 5, tags: 'warning' })]);
      inbox.setFilter(filter);
      expect(inbox.messages.value).to.have.lengthOf(count);
    });
  }

  it('finds more again when a person deletes characters', () => {
    const inbox = filled(100);
    const counts = ['b', 'backup 4', 'backup 42', 'backup 4', ''].map((text) => {
      inbox.setFilter({ text });
      return inbox.messages.value.length;
    });
    // The search matches anywhere: a 4 in a title, or in the name of a host.
    const few = Array.from({ length: 100 }, (_, n) => n).filter((n) => `${n}`.includes('4') || n % 7 === 4).length;
    expect(counts).to.deep.equal([100, few, 1, few, 100]);
  });

  it('searches 10,000 messages with less than 100 ms of work a keystroke', () => {
    const inbox = filled(10_000);
    inbox.messages.value;
    // What once takes so little can: more is the garbage of other tests.
    const least = new Map<string, number>();
    for (let round = 0; round < 3; round += 1) {
      for (const text of ['z', 'f', 'fi', 'fine', 'fine server-5', '', 'lorem ipsum 9999']) {
        const work = workOf(() => {
          inbox.setFilter({ text });
          inbox.messages.value;
        });
        least.set(text, Math.min(work, least.get(text) ?? work));
      }
    }
    for (const [text, work] of least) expect(work, text).to.be.below(100);
  });
});
