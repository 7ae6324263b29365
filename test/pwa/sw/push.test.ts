import { eventually } from '../../support/eventually.ts';
import 'fake-indexeddb/auto';
import { expect } from 'chai';
import { IDBFactory } from 'fake-indexeddb';
import type { ActionError } from '../../../pwa/src/model/model.ts';
import { fail } from '../../../pwa/src/model/relay/call.ts';
import { createChannel, type Note } from '../../../pwa/src/model/store/channel.ts';
import { openDatabase } from '../../../pwa/src/model/store/database.ts';
import { putMessages, readPage } from '../../../pwa/src/model/store/messages.ts';
import { writeSettings } from '../../../pwa/src/model/store/meta.ts';
import type { NotificationPlan } from '../../../pwa/sw/notification.ts';
import { handlePush, type PushWorkerPorts } from '../../../pwa/sw/push.ts';
import { importSecret, newSecret, seal } from '../../../shared/encrypted.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { fakeClock } from '../../support/clock.ts';

const MID = '1700000000000';

function payload(
  change: {
    extra?: object;
    text?: string;
    desp?: string;
    target?: string;
    mid?: string;
    truncated?: true;
    retract?: unknown;
    digest?: unknown;
  } = {},
) {
  const { extra = {}, text = 'hi', desp = 'there', target = 'phone', mid = MID, ...rest } = change;
  const data = {
    sendType: 'personal',
    target,
    from: { method: 'http', name: '' },
    message: { text, desp, extra },
    mid,
  };
  return JSON.stringify({ cmd: 'MESSAGE', data: { ...data, ...rest } });
}

async function setUp(change: Partial<PushWorkerPorts> = {}) {
  globalThis.indexedDB = new IDBFactory();
  const database = await openDatabase('test');
  onCleanup(() => database.close());
  const account = { server: 'https://push.example.org', groups: ['all'], auth: 'jwt', vapidKey: 'key', addedAt: 1 };
  await database.put('accounts', { ...account, id: 'a', name: 'phone' });
  const shown: NotificationPlan[] = [];
  /** What is on the screen, by tag. */
  const screen = new Map<string, NotificationPlan>();
  const notes: Note[] = [];
  const receipts: string[] = [];
  const badges: number[] = [];
  const clock = fakeClock();
  const ports: PushWorkerPorts = {
    database: async () => database,
    channel: createChannel({ postMessage: (note) => notes.push(note as Note), onmessage: null, close() {} }),
    api: {
      receipt: async ({ auth }, mid) => void receipts.push(`${auth} ${mid}`),
      since: () => Promise.reject(new Error('not asked for')),
    },
    clock,
    page: 'https://push.example.org/',
    language: 'en-GB',
    maxActions: 2,
    show: async (plan) => {
      shown.push(plan);
      screen.set(plan.options.tag, plan);
    },
    notifications: async () =>
      [...screen].map(([tag, { title, options }]) => ({
        title,
        tag,
        data: options.data,
        close: () => screen.delete(tag),
      })),
    setBadge: async (count) => void badges.push(count),
    ...change,
  };
  return { database, ports, shown, screen, notes, receipts, badges, clock, account };
}

describe('handlePush', () => {
  it('stores, shows, counts and confirms a message', async () => {
    const { ports, database, shown, notes, receipts, badges } = await setUp();
    await handlePush(payload({ desp: '**bold** [link](https://x)' }), ports);
    expect(shown).to.have.lengthOf(1);
    expect(shown[0]).to.deep.include({ title: 'hi' });
    expect(shown[0]?.options).to.deep.include({ body: 'bold link', tag: `mid:a/${MID}`, silent: false });
    expect((await readPage(database, undefined, 9)).map(({ mid, unread }) => [mid, unread])).to.deep.equal([[MID, 1]]);
    expect(notes).to.deep.equal([{ kind: 'messages', ids: [['a', MID]] }]);
    expect([receipts, badges]).to.deep.equal([[`jwt ${MID}`], [1]]);
  });

  it('shows one notification for any payload', async () => {
    const hostile = [
      undefined,
      '',
      'null',
      '[]',
      '{',
      '{"cmd":"MESSAGE"}',
      '{"cmd":"MESSAGE","data":null}',
      '{"cmd":"MESSAGE","data":{"mid":{}}}',
      '{"cmd":"OTHER","data":{"mid":"1"}}',
      '{"cmd":"MESSAGE","data":{"mid":"1","message":{"extra":{"actions":"[[[","priority":{},"icon":7,"key":{}}}}}',
      `${'['.repeat(5000)}`,
    ];
    for (const text of hostile) {
      const { ports, shown } = await setUp();
      await handlePush(text, ports);
      expect(shown, String(text).slice(0, 40)).to.have.lengthOf(1);
    }
  });

  it('shows the message even if nothing can be stored', async () => {
    const { ports, shown, receipts } = await setUp({ database: () => Promise.reject(new Error('no room')) });
    await handlePush(payload(), ports);
    expect(shown.map(({ title }) => title)).to.deep.equal(['hi']);
    expect(receipts).to.deep.equal([]);
  });

  it('stores a repeated push once, and does not ring again', async () => {
    const { ports, database, shown } = await setUp();
    await handlePush(payload(), ports);
    await handlePush(payload(), ports);
    expect(shown.map(({ options }) => [options.tag, options.silent])).to.deep.equal([
      [`mid:a/${MID}`, false],
      [`mid:a/${MID}`, true],
    ]);
    expect(await readPage(database, undefined, 9)).to.have.lengthOf(1);
  });

  it('fetches the whole message if the push has only its beginning', async () => {
    const asked: unknown[] = [];
    const { data } = JSON.parse(payload({ desp: 'all of it' }));
    const { ports, database, shown } = await setUp({
      api: {
        receipt: async () => {},
        since: async (_caller, name, since, limit) => {
          asked.push([name, since, limit]);
          return { messages: [{ ...data, status: 'wait', read: false }], last: data.mid, more: false };
        },
      },
    });
    await handlePush(payload({ desp: 'all', truncated: true }), ports);
    expect(asked).to.deep.equal([['phone', '1699999999999', 1]]);
    expect(shown[0]?.options.body).to.equal('all of it');
    const [record] = await readPage(database, undefined, 9);
    expect(record?.message.message.desp).to.equal('all of it');
    expect(record).to.not.have.property('partial');
  });

  it('shows the beginning of a long message if the rest does not come', async () => {
    let isAsked = () => {};
    const asked = new Promise<void>((resolve) => {
      isAsked = resolve;
    });
    const { ports, database, shown, clock } = await setUp({
      api: {
        receipt: async () => {},
        since: () => {
          isAsked();
          return new Promise(() => {});
        },
      },
    });
    const done = handlePush(payload({ desp: 'all', truncated: true }), ports);
    await asked;
    await clock.tick(5000);
    await done;
    expect(shown[0]?.options.body).to.equal('all');
    expect((await readPage(database, undefined, 9))[0]?.partial).to.equal(1);
  });

  it('tells the page that a delivery check arrived, and stores nothing', async () => {
    const { ports, database, shown, notes, receipts } = await setUp({ language: 'zh-CN' });
    await handlePush(payload({ extra: { check: true } }), ports);
    expect(notes).to.deep.equal([{ kind: 'check', mid: MID }]);
    expect(shown.map(({ title }) => title)).to.deep.equal(['送达检查']);
    expect([await readPage(database, undefined, 9), receipts]).to.deep.equal([[], []]);
  });

  it('says how much was held back, in one notification that the next one replaces, and stores nothing', async () => {
    for (const [language, open, title] of [
      ['en', 2, '11 while you slept, 2 still open'],
      ['en', 0, '11 while you slept'],
      ['zh-CN', 2, '免打扰期间收到 11 条，2 条仍待处理'],
    ] as const) {
      const { ports, database, shown, receipts } = await setUp({ language });
      await handlePush(payload({ digest: { count: 11, open } }), ports);
      expect(shown.map((plan) => plan.title)).to.deep.equal([title]);
      expect(shown[0]?.options).to.deep.include({ tag: 'digest:a', renotify: true, silent: false });
      expect(shown[0]?.options.data).to.deep.include({ accountId: 'a', mid: '', isDigest: true });
      expect([await readPage(database, undefined, 9), receipts]).to.deep.equal([[], []]);
    }
  });

  it('takes no sender for the relay: a digest in the extras is a message', async () => {
    const { ports, shown } = await setUp();
    await handlePush(payload({ extra: { digest: { count: 1, open: 0 } }, digest: { count: 'x' } }), ports);
    expect(shown.map(({ title }) => title)).to.deep.equal(['hi']);
  });

  it('shows a silent notification while muted', async () => {
    const { ports, database, shown, clock } = await setUp();
    await writeSettings(database, { theme: 'system', language: undefined, mutedUntil: clock.now() + 1 });
    await handlePush(payload({ extra: { priority: 5 } }), ports);
    expect(shown[0]?.options).to.deep.include({ silent: true, requireInteraction: false });
    expect(shown[0]?.options).to.not.have.property('vibrate');
  });

  it('confirms again if the relay cannot be reached, but not if it refuses', async () => {
    for (const [error, attempts] of [
      [fail('error.unreachable', { server: 'x' }), 4],
      [fail('error.unauthorized'), 1],
    ] as [ActionError, number][]) {
      let count = 0;
      const { ports, clock } = await setUp({
        api: {
          receipt: () => {
            count += 1;
            return Promise.reject(error);
          },
          since: () => Promise.reject(error),
        },
      });
      let isDone = false;
      const done = handlePush(payload(), ports).then(() => {
        isDone = true;
      });
      await eventually('the push is handled', async () => {
        await clock.tick(15_000);
        return isDone;
      });
      await done;
      expect(count).to.equal(attempts);
    }
  });

  it('finds the account by the recipient when relays share a key', async () => {
    const { ports, database, account, receipts } = await setUp();
    await database.put('accounts', {
      ...account,
      id: 'b',
      name: 'tablet',
      server: 'http://lan',
      auth: 'other',
      addedAt: 2,
    });
    await handlePush(payload({ target: 'tablet' }), ports);
    expect(receipts).to.deep.equal([`other ${MID}`]);
  });
});

describe('handlePush of an encrypted message', () => {
  it('shows the text with the key, and that there is none without it', async () => {
    const key = await importSecret(newSecret());
    const { text, desp, extra } = await seal(key, { text: 'secret', desp: 'body', extra: {} });
    for (const [secrets, title] of [
      [[], 'Encrypted message, no key on this device'],
      [[{ kind: 'herald', targets: [], key }], 'secret'],
    ] as const) {
      const { shown, ports, database } = await setUp();
      await database.put('meta', secrets, 'secrets');
      await handlePush(payload({ text, desp, extra }), ports);
      expect(shown.map((plan) => plan.title)).to.deep.equal([title]);
    }
  });
});

describe('handlePush of a question', () => {
  it('rings once for each message, whether the page has stored it or not', async () => {
    const { ports, shown, database, clock } = await setUp();
    const until = clock.now() + 60_000;
    const ask = { id: 'q'.repeat(30), kind: 'acknowledge', until, round: 1 };
    const { data } = JSON.parse(payload({ extra: { ask } }));
    await putMessages(database, [{ accountId: 'a', message: data, arrivedAt: 1 }]);
    await handlePush(payload({ extra: { ask } }), ports);
    await handlePush(payload({ extra: { ask } }), ports);
    expect(shown.map(({ options: { silent } }) => silent)).to.deep.equal([false, true]);
  });
});

describe('handlePush of a retraction', () => {
  const mid = (at: number) => String(Number(MID) + at);
  const said = (screen: ReadonlyMap<string, NotificationPlan>) =>
    [...screen.values()].map(({ title, options: { body, silent } }) => [title, body, silent]);

  it('replaces the only notification silently, and marks its message as read', async () => {
    const { ports, screen, notes, badges, receipts, database } = await setUp();
    await handlePush(payload({ text: 'Disk full', extra: { key: 'disk' } }), ports);
    receipts.length = 0;
    await handlePush(payload({ mid: mid(9), retract: { mids: [MID], key: 'disk', title: '', why: 'clear' } }), ports);
    expect(said(screen)).to.deep.equal([['Disk full', 'Read on another device.', true]]);
    expect([...screen.keys()]).to.deep.equal(['key:a/disk']);
    expect(badges.at(-1)).to.equal(0);
    expect(notes.at(-1)).to.deep.equal({ kind: 'messages', ids: [['a', MID]] });
    // It is no message: nothing of it is stored or confirmed.
    expect((await readPage(database, undefined, 9)).map(({ mid, unread }) => [mid, unread])).to.deep.equal([
      [MID, undefined],
    ]);
    expect(receipts).to.deep.equal([]);
  });

  it('leaves only the others on the screen', async () => {
    const { ports, screen } = await setUp();
    await handlePush(payload({ text: 'Disk full', extra: { key: 'disk' } }), ports);
    await handlePush(payload({ text: 'Stays', mid: mid(1) }), ports);
    await handlePush(payload({ mid: mid(9), retract: { mids: [MID], key: 'disk', title: '', why: 'clear' } }), ports);
    expect(said(screen).map(([title]) => title)).to.deep.equal(['Stays']);
  });

  it('leaves a later message of the key', async () => {
    const { ports, screen } = await setUp();
    await handlePush(payload({ text: 'Full again', extra: { key: 'disk' }, mid: mid(5) }), ports);
    await handlePush(payload({ mid: mid(9), retract: { mids: [MID], key: 'disk', title: '', why: 'clear' } }), ports);
    expect(said(screen).map(([title]) => title)).to.deep.equal(['Full again']);
  });

  it('deletes what was deleted, and shows nothing of it', async () => {
    const { ports, screen, notes, database } = await setUp();
    await handlePush(payload({ text: 'Secret', extra: { key: 'k' } }), ports);
    await handlePush(
      payload({ mid: mid(9), retract: { mids: [MID], key: 'k', title: 'Secret', why: 'delete' } }),
      ports,
    );
    expect(said(screen)).to.deep.equal([['Herald', 'A message was deleted.', true]]);
    expect(await readPage(database, undefined, 9)).to.deep.equal([]);
    expect(notes.at(-1)).to.deep.equal({ kind: 'removed', ids: [['a', MID]] });
  });

  it('says how a question ended', async () => {
    const outcomes = [
      [{ kind: 'choice', state: 'answered', answer: 'yes', by: 'pixel' }, 'Answered: yes, by pixel'],
      [{ kind: 'acknowledge', state: 'answered', answer: 'x', by: 'pixel' }, 'Acknowledged by pixel'],
      [{ kind: 'choice', state: 'expired' }, 'Nobody answered in time.'],
      [{ kind: 'text', state: 'cancelled' }, 'The sender has withdrawn the question.'],
      [{ kind: 'acknowledge', state: 'expired' }, 'Nobody acknowledged it in time.'],
      [{ kind: 'acknowledge', state: 'cancelled' }, 'It is over.'],
      [{ kind: {}, state: 7, answer: {}, by: [] }, 'Nobody answered in time.'],
      ['nonsense', 'Nobody answered in time.'],
    ] as const;
    for (const [outcome, text] of outcomes) {
      const { ports, screen } = await setUp();
      await handlePush(payload({ text: 'Deploy?' }), ports);
      await handlePush(
        payload({ mid: mid(9), retract: { mids: [MID], title: 'Deploy?', why: 'settled', outcome } }),
        ports,
      );
      expect(said(screen)).to.deep.equal([['Deploy?', text, true]]);
    }
  });

  it('shows one notification for any retraction', async () => {
    for (const retract of [{ mids: [] }, { mids: ['x', 7, null] }, { mids: [MID], key: {}, title: [], why: 9 }]) {
      const { ports, shown } = await setUp();
      await handlePush(payload({ retract }), ports);
      expect(shown).to.have.length(1);
    }
  });

  it('cannot be made by a sender', async () => {
    const { ports, screen, database } = await setUp();
    await handlePush(payload({ text: 'Stays' }), ports);
    const retract = { mids: [MID], title: '', why: 'delete' };
    await handlePush(payload({ text: 'Evil', mid: mid(9), extra: { retract } }), ports);
    expect(said(screen).map(([title]) => title)).to.deep.equal(['Stays', 'Evil']);
    expect(await readPage(database, undefined, 9)).to.have.length(2);
  });
});
