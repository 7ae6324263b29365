import { expect } from 'chai';
import { putMessages } from '../../../pwa/src/model/store/messages.ts';
import { setWantsPush, writeSettings } from '../../../pwa/src/model/store/meta.ts';
import type { NotificationPlan } from '../../../pwa/sw/notification.ts';
import { notifyAsked } from '../../../pwa/sw/notify.ts';
import { noteShown } from '../../../pwa/sw/shown.ts';
import { openStore, wire } from '../support/store.ts';

const ID = 'q'.repeat(30);

async function setUp(ask: object, isVisible: boolean, wants = true) {
  const database = await openStore();
  await setWantsPush(database, wants);
  const plain = wire(7);
  const message = { ...plain, message: { ...plain.message, text: 'Deploy?', extra: { ask } } };
  await putMessages(database, [{ accountId: 'a', message, arrivedAt: 1 }]);
  const shown: NotificationPlan[] = [];
  const ports = {
    database: async () => database,
    isVisible: async () => isVisible,
    now: () => 1000,
    page: 'https://push.example.org/',
    language: 'en',
    maxActions: 2,
    show: async (plan: NotificationPlan) => void shown.push(plan),
  };
  return { database, ports, shown };
}

const choice = { id: ID, kind: 'choice', options: ['yes', 'no'], until: 2000 };
const emergency = { id: ID, kind: 'acknowledge', until: 2000, round: 1 };

describe('notifyAsked', () => {
  it('shows a question that came to a page that nobody sees', async () => {
    const { ports, shown } = await setUp(choice, false);
    await notifyAsked('a', '7', ports);
    expect(shown.map(({ title, options }) => [title, options.actions.length])).to.deep.equal([['Deploy?', 2]]);
  });

  it('shows none that a person sees in the page, except an emergency', async () => {
    for (const [ask, count] of [
      [choice, 0],
      [emergency, 1],
    ] as const) {
      const { ports, shown } = await setUp(ask, true);
      await notifyAsked('a', '7', ports);
      expect(shown, ask.kind).to.have.length(count);
    }
  });

  it('shows none if the person switched notifications off, if it is over, or if there is no such message', async () => {
    const off = await setUp(emergency, false, false);
    await notifyAsked('a', '7', off.ports);
    const over = await setUp({ ...emergency, until: 1000 }, false);
    await notifyAsked('a', '7', over.ports);
    await notifyAsked('a', '8', over.ports);
    expect([off.shown, over.shown]).to.deep.equal([[], []]);
  });

  it('shows each message once', async () => {
    const { ports, shown, database } = await setUp(emergency, false);
    await notifyAsked('a', '7', ports);
    await notifyAsked('a', '7', ports);
    expect(shown).to.have.length(1);
    for (let mid = 100; mid < 300; mid += 1) await noteShown(database, 'a', String(mid));
    // The latest 100 are remembered.
    expect(await noteShown(database, 'a', '299')).to.equal(false);
    expect(await noteShown(database, 'a', '7')).to.equal(true);
    expect(await database.get('meta', 'shown')).to.have.length(100);
  });

  it('speaks the language of the settings', async () => {
    const { ports, shown, database } = await setUp(emergency, true);
    await writeSettings(database, { theme: 'system', language: 'zh', mutedUntil: 0 });
    await notifyAsked('a', '7', ports);
    expect(shown[0]?.options.actions[0]?.title).to.equal('确认');
  });
});
