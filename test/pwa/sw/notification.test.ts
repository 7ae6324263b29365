import { existsSync } from 'node:fs';
import { expect } from 'chai';
import { parseMessage } from '../../../pwa/src/model/message/parse.ts';
import { readMessage } from '../../../pwa/src/model/message/read-message.ts';
import { type NotificationState, planNotification } from '../../../pwa/sw/notification.ts';
import { textsFor } from '../../../pwa/sw/texts.ts';

const PLAIN = { isMuted: false, isKnown: false, isSilent: false, maxActions: 2, now: 1000, texts: textsFor('en') };

function plan(
  extra: Record<string, unknown>,
  message: object = { text: 'title', desp: 'body' },
  state: NotificationState = PLAIN,
) {
  const read = readMessage({ mid: '7', from: { name: 'cron' }, message: { ...message, extra } });
  if (read === undefined) throw new Error('the test wrote no message');
  const marks = { accountId: 'a', read: false, pinned: false, arrivedAt: 7 };
  return planNotification(parseMessage(read, marks, 'https://push.example.org/'), state);
}

describe('planNotification', () => {
  const levels: [unknown, object][] = [
    [1, { silent: true, renotify: false, requireInteraction: false }],
    ['low', { silent: true, requireInteraction: false }],
    [undefined, { silent: false, renotify: true, requireInteraction: false, vibrate: [200] }],
    ['high', { silent: false, requireInteraction: false, vibrate: [200, 100, 200] }],
    [5, { silent: false, requireInteraction: true, vibrate: [400, 100, 400, 100, 400] }],
  ];
  for (const [priority, expected] of levels) {
    it(`rings for priority ${priority} as it should`, () =>
      expect(plan({ priority }).options).to.deep.include(expected));
  }

  it('never vibrates when it is silent, which browsers reject', () => {
    for (const priority of [1, 2, 3, 4, 5]) {
      for (const state of [
        PLAIN,
        { ...PLAIN, isMuted: true },
        { ...PLAIN, isKnown: true },
        { ...PLAIN, isSilent: true },
      ]) {
        const { silent, vibrate } = plan({ priority }, undefined, state).options;
        expect(silent && vibrate !== undefined).to.equal(false);
      }
    }
  });

  it('shows the words in angle brackets', () => {
    expect(plan({}, { text: 'Usage', desp: 'usage: backup <source> <target>' }).options.body).to.equal(
      'usage: backup <source> <target>',
    );
  });

  it('replaces an earlier notification with the same key', () => {
    expect(plan({ key: 'backup' }).options.tag).to.equal('key:a/backup');
    expect(plan({ key: { toString: 'x' } }).options.tag).to.equal('mid:a/7');
  });

  it('has an icon and a badge from the build', () => {
    const { icon, badge } = plan({}).options;
    for (const file of [icon, badge]) {
      expect(existsSync(new URL(file, new URL('../../../pwa/public/', import.meta.url))), file).to.equal(true);
    }
  });

  it('has a title even if the sender left everything out', () => {
    expect(plan({}, { text: ' ', desp: 'x' }).title).to.equal('cron');
  });

  it('shows a plain body unchanged', () => {
    expect(plan({ markdown: 0 }, { text: 't', desp: '**a**' }).options.body).to.equal('**a**');
  });

  it('has as many buttons as the system shows', () => {
    const actions = ['a', 'b', 'c'].map((label) => ({ action: 'copy', label, text: label }));
    const { options } = plan({ actions });
    expect(options.actions).to.deep.equal([
      { action: '0', title: 'a' },
      { action: '1', title: 'b' },
    ]);
    expect(options.data.actions).to.have.lengthOf(3);
  });
});

describe('planNotification of a question', () => {
  const ID = 'q'.repeat(30);
  const asked = (ask: object, extra: object = {}, state: NotificationState = PLAIN) =>
    plan({ ask: { id: ID, kind: 'choice', options: ['yes', 'no'], until: 2000, ...ask }, ...extra }, undefined, state)
      .options;
  const titles = ({ actions }: { readonly actions: readonly { readonly title: string }[] }) =>
    actions.map(({ title }) => title);

  it('has a button for each option, before those of the sender', () => {
    const copy = [{ action: 'copy', label: 'Copy', text: 'x' }];
    expect(titles(asked({}, { actions: copy }, { ...PLAIN, maxActions: 3 }))).to.deep.equal(['yes', 'no', 'Copy']);
    expect(titles(asked({}, { actions: copy }))).to.deep.equal(['yes', 'no']);
    expect(titles(asked({}, {}, { ...PLAIN, maxActions: 0 }))).to.deep.equal([]);
  });

  it('opens the message for more options than the system shows', () => {
    expect(titles(asked({ options: ['a', 'b', 'c'] }))).to.deep.equal(['a', 'More…']);
    expect(titles(asked({ options: ['a', 'b', 'c'] }, {}, { ...PLAIN, maxActions: 3 }))).to.deep.equal(['a', 'b', 'c']);
  });

  it('has one button for a text', () => {
    expect(titles(asked({ kind: 'text' }))).to.deep.equal(['Reply']);
  });

  it('stays until a person acts, and has the tag of the question', () => {
    expect(asked({})).to.deep.include({ requireInteraction: true, silent: false, tag: `ask:a/${ID}` });
    expect(asked({}, { key: 'k' })).to.deep.include({ tag: 'key:a/k' });
    expect(asked({}, {}, { ...PLAIN, isMuted: true })).to.deep.include({ requireInteraction: false, silent: true });
  });

  it('is an ordinary message when it is over', () => {
    const over = asked({ until: 1000 });
    expect(over).to.deep.include({ requireInteraction: false, actions: [] });
    expect(over.data).to.not.have.property('ask');
  });

  it('of an emergency rings in any case, with one button and its round', () => {
    const actions = [{ action: 'copy', label: 'Copy', text: 'x' }];
    const states = [PLAIN, { ...PLAIN, isMuted: true }, { ...PLAIN, isSilent: true }];
    for (const state of states) {
      const options = asked({ kind: 'acknowledge', round: 3 }, { actions, priority: 1, key: 'k' }, state);
      expect(options).to.deep.include({ silent: false, renotify: true, requireInteraction: true, tag: 'key:a/k' });
      expect(options.vibrate?.length).to.be.greaterThan(5);
      expect(titles(options)).to.deep.equal(['Acknowledge']);
      expect(options.body).to.equal('Round 3\nbody');
    }
    expect(asked({ kind: 'acknowledge', round: 1 }).body).to.equal('body');
    // The same push again is no further round.
    expect(asked({ kind: 'acknowledge' }, {}, { ...PLAIN, isKnown: true })).to.deep.include({ silent: true });
  });
});
