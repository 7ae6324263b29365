import 'fake-indexeddb/auto';
import { expect } from 'chai';
import { IDBFactory } from 'fake-indexeddb';
import { fail } from '../../../pwa/src/model/relay/call.ts';
import type { Note } from '../../../pwa/src/model/store/channel.ts';
import { type Database, openDatabase } from '../../../pwa/src/model/store/database.ts';
import { readQuestions } from '../../../pwa/src/model/store/questions.ts';
import { type ClickWorkerPorts, handleClick, type WindowPort } from '../../../pwa/sw/click.ts';
import type { NotificationPlan } from '../../../pwa/sw/notification.ts';
import type { AnswerInfo } from '../../../shared/api.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { fakeClock } from '../../support/clock.ts';
import { eventually } from '../../support/eventually.ts';

const PAGE = 'https://push.example.org/mpush/';

function setUp(windows: Partial<WindowPort>[] = [], answer: () => Promise<Response> = async () => new Response('')) {
  const did: string[] = [];
  const ports: ClickWorkerPorts = {
    page: PAGE,
    language: 'en',
    fetch: (url, init) => {
      did.push(`fetch ${init?.method} ${String(url)} ${init?.credentials} ${init?.body ?? ''}`);
      return answer();
    },
    database: () => Promise.reject(new Error('no database')),
    api: { answer: () => Promise.reject(new Error('not asked')) },
    channel: { post() {} },
    clock: fakeClock(),
    setBadge: async () => {},
    windows: async () =>
      windows.map((window, index) => ({
        url: PAGE,
        focused: false,
        visibilityState: 'hidden',
        focus: async () => did.push(`focus ${index}`),
        postMessage: (message) => did.push(`tell ${index} ${JSON.stringify(message)}`),
        ...window,
      })),
    openWindow: async (url) => did.push(`open ${url}`),
    show: async ({ title, options }) => void did.push(`show ${title}: ${options.body}`),
  };
  return { ports, did };
}

const data = {
  accountId: 'a',
  mid: '7',
  actions: [
    { kind: 'open', label: 'Look', url: 'https://example.org/' },
    { kind: 'http', label: 'Off', url: 'https://example.org/off', method: 'PUT', headers: {}, body: '0' },
    { kind: 'copy', label: 'Code', text: '123' },
  ],
};

describe('handleClick', () => {
  it('opens the page at the message when none is open', async () => {
    const { ports, did } = setUp([{ url: 'https://push.example.org/other/' }]);
    await handleClick(data, '', ports);
    expect(did).to.deep.equal([`open ${PAGE}#message=a/7`]);
  });

  it('shows the message in the visible window', async () => {
    const { ports, did } = setUp([{}, { visibilityState: 'visible' }, {}]);
    await handleClick(data, '', ports);
    expect(did).to.deep.equal(['tell 1 {"kind":"open","accountId":"a","mid":"7"}', 'focus 1']);
  });

  it('opens the list for what came in quiet hours', async () => {
    const digest = { accountId: 'a', mid: '', actions: [], isDigest: true };
    const closed = setUp();
    await handleClick(digest, '', closed.ports);
    expect(closed.did).to.deep.equal([`open ${PAGE}`]);
    const open = setUp([{}]);
    await handleClick(digest, '', open.ports);
    expect(open.did).to.deep.equal(['tell 0 {"kind":"list"}', 'focus 0']);
  });

  it('opens the message if the browser refuses the link of a button', async () => {
    const { ports, did } = setUp([{}]);
    const refusing = { ...ports, openWindow: () => Promise.reject(new TypeError('not allowed')) };
    await handleClick(data, '0', refusing);
    expect(did).to.deep.equal(['tell 0 {"kind":"open","accountId":"a","mid":"7"}', 'focus 0']);
  });

  it('runs the clicked button', async () => {
    const { ports, did } = setUp();
    for (const button of ['0', '1', '2']) await handleClick(data, button, ports);
    expect(did).to.deep.equal([
      'open https://example.org/',
      'fetch PUT https://example.org/off omit 0',
      `open ${PAGE}#message=a/7`,
    ]);
  });

  it('opens the message if the page’s policy forbids the request', async () => {
    const { ports, did } = setUp();
    const action = { kind: 'http', label: 'Off', url: 'http://lamp.lan/off', method: 'PUT', headers: {} };
    await handleClick({ ...data, actions: [action] }, '0', ports);
    expect(did).to.deep.equal([`open ${PAGE}#message=a/7`]);
  });

  it('says that a request failed', async () => {
    for (const answer of [
      async () => new Response('', { status: 500 }),
      () => Promise.reject(new Error('no network')),
    ]) {
      const { ports, did } = setUp([], answer);
      await handleClick(data, '1', ports);
      expect(did.at(-1)).to.equal('show Off: The action failed. Open the message and try again.');
    }
  });

  it('opens the page for a notification without a message', async () => {
    for (const strange of [
      null,
      undefined,
      'x',
      {},
      { accountId: 7, mid: '../x' },
      { accountId: 'a', mid: '', actions: {} },
    ]) {
      const { ports, did } = setUp();
      await handleClick(strange, '5', ports);
      expect(did).to.deep.equal([`open ${PAGE}`]);
    }
  });
});

describe('handleClick on a question', () => {
  const ask = {
    id: 'q'.repeat(30),
    kind: 'choice',
    options: ['yes', 'no'],
    title: 'Deploy?',
    tag: 'ask:a/q',
    buttons: [{ action: 'answer0', title: 'yes' }],
  };
  const asking = (part: object = {}) => ({ accountId: 'a', mid: '7', actions: [], ask: { ...ask, ...part } });
  const info: AnswerInfo = {
    id: ask.id,
    kind: 'choice',
    until: 9,
    sendType: 'personal',
    target: 'phone',
    title: 'Deploy?',
    from: '',
    mids: ['7'],
    state: 'answered',
    answer: 'yes',
    by: 'phone',
    at: 5,
    createdAt: 1,
  };

  async function setUpAnswer(answer: (id: string, text: string) => Promise<AnswerInfo>) {
    globalThis.indexedDB = new IDBFactory();
    const database: Database = await openDatabase('test');
    onCleanup(() => database.close());
    const account = { server: 'https://h', name: 'phone', groups: [], auth: 'jwt', vapidKey: 'key', addedAt: 1 };
    await database.put('accounts', { ...account, id: 'a' });
    const { ports, did } = setUp();
    const sent: unknown[] = [];
    const shown: NotificationPlan[] = [];
    const notes: Note[] = [];
    const clock = fakeClock();
    const all: ClickWorkerPorts = {
      ...ports,
      database: async () => database,
      clock,
      channel: { post: (note) => notes.push(note) },
      api: {
        answer: ({ auth }, id, text) => {
          sent.push([auth, id, text]);
          return answer(id, text);
        },
      },
      show: async (plan) => void shown.push(plan),
    };
    return { ports: all, did, sent, shown, notes, clock, database };
  }

  it('answers with the token of the device, and shows the outcome', async () => {
    const { ports, did, sent, shown, notes, database } = await setUpAnswer(async () => info);
    await handleClick(asking(), 'answer0', ports);
    expect(sent).to.deep.equal([['jwt', ask.id, 'yes']]);
    expect(shown.map(({ title, options: { body, tag, silent } }) => [title, body, tag, silent])).to.deep.equal([
      ['Deploy?', 'Answered: yes, by phone', 'ask:a/q', true],
    ]);
    expect(notes[0]).to.deep.equal({ kind: 'questions', accountId: 'a', questions: [info] });
    expect(await readQuestions(database, 'a')).to.deep.equal([info]);
    expect(did).to.deep.equal([]);
  });

  it('acknowledges', async () => {
    const { ports, sent, shown } = await setUpAnswer(async () => ({
      ...info,
      kind: 'acknowledge',
      answer: 'acknowledged',
    }));
    await handleClick(asking({ kind: 'acknowledge', options: [] }), 'answer0', ports);
    expect(sent).to.deep.equal([['jwt', ask.id, 'acknowledged']]);
    expect(shown[0]?.options.body).to.equal('Acknowledged by phone');
  });

  it('says that somebody was first', async () => {
    const late = { ...info, answer: 'no', by: 'laptop', error: 'late', code: 'conflict' };
    const { ports, shown } = await setUpAnswer(async () => late);
    await handleClick(asking(), 'answer0', ports);
    expect(shown[0]?.options.body).to.equal('Somebody was first. Answered: no, by laptop');
  });

  it('says that it is over', async () => {
    const { answer: _, by: __, ...rest } = info;
    const { ports, shown } = await setUpAnswer(async () => ({ ...rest, state: 'expired' }));
    await handleClick(asking(), 'answer0', ports);
    expect(shown[0]?.options.body).to.equal('Nobody answered in time.');
  });

  it('tries again, and then says that nothing was sent, with the same buttons', async () => {
    const { ports, sent, shown, clock, database } = await setUpAnswer(() => Promise.reject(fail('error.no_network')));
    let isDone = false;
    const done = handleClick(asking(), 'answer1', ports).then(() => {
      isDone = true;
    });
    await eventually('it gives up', async () => {
      await clock.tick(1000);
      return isDone;
    });
    await done;
    expect(sent).to.have.length(3);
    expect(shown).to.have.length(1);
    expect(shown[0]?.options).to.deep.include({
      body: 'Your answer was not sent, because the relay cannot be reached. Try again.',
      requireInteraction: true,
      renotify: true,
      actions: ask.buttons,
      tag: 'ask:a/q',
    });
    expect(shown[0]?.options.data.ask).to.deep.equal(ask);
    expect(await readQuestions(database, 'a')).to.deep.equal([]);
  });

  it('says that the relay refuses, without trying again', async () => {
    for (const answer of [
      () => Promise.reject(fail('error.unauthorized')),
      () => Promise.resolve({} as AnswerInfo),
      () => Promise.reject(new Error('a bug')),
    ]) {
      const { ports, sent, shown } = await setUpAnswer(answer);
      await handleClick(asking(), 'answer0', ports);
      expect(sent).to.have.length(1);
      expect(shown[0]?.options.body).to.match(/was not taken/);
    }
  });

  it('opens the message for more options, and the field for a text', async () => {
    const { ports, did } = setUp();
    await handleClick(asking(), 'more', ports);
    await handleClick(asking(), '', ports);
    await handleClick(asking({ kind: 'text', options: [] }), 'reply', ports);
    await handleClick(asking({ kind: 'text', options: [] }), '', ports);
    expect(did).to.deep.equal([
      `open ${PAGE}#message=a/7`,
      `open ${PAGE}#message=a/7`,
      `open ${PAGE}#answer=a/7`,
      `open ${PAGE}#answer=a/7`,
    ]);
  });
});
