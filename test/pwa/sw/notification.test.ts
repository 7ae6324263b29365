import { existsSync } from 'node:fs';
import { expect } from 'chai';
import { parseMessage } from '../../../pwa/src/model/message/parse.ts';
import { readMessage } from '../../../pwa/src/model/message/read-message.ts';
import { planNotification } from '../../../pwa/sw/notification.ts';

const PLAIN = { isMuted: false, isKnown: false, isSilent: false, maxActions: 2 };

function plan(extra: Record<string, unknown>, message: object = { text: 'title', desp: 'body' }, state = PLAIN) {
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
