import { expect } from 'chai';
import { putMessages } from '../../../../pwa/src/model/store/messages.ts';
import { hearKeyEvent, type KeyEventPorts } from '../../../../pwa/src/model/sync/key-events.ts';
import { openStore, recordingChannel, wire } from '../../support/store.ts';

async function setUp() {
  const database = await openStore();
  await putMessages(
    database,
    [1, 2].map((n) => ({ accountId: 'a', message: wire(n), arrivedAt: 1 })),
  );
  const { channel, notes } = recordingChannel();
  const [hidden, closed]: [unknown[], unknown[]] = [[], []];
  const heard: unknown[] = [];
  const ports: KeyEventPorts = {
    alerts: { hear: (...event) => heard.push(event), forget: (...event) => heard.push(event) },
    database,
    channel,
    hide: (ids) => hidden.push(...ids),
    closeNotifications: (ids) => closed.push(...ids),
  };
  const stored = async () => (await database.getAll('messages')).map(({ mid }) => mid);
  return { ports, heard, hidden, closed, notes, stored };
}

describe('hearKeyEvent', () => {
  it('closes the notifications of what was cleared, and keeps the messages', async () => {
    const { ports, hidden, closed, stored } = await setUp();
    await hearKeyEvent('a', { event: 'clear', target: 'phone', key: 'k', mids: ['1', 'x', 5] }, ports);
    expect([closed, hidden]).to.deep.equal([[['a', '1']], []]);
    expect(await stored()).to.have.members(['1', '2']);
  });

  it('deletes what was deleted, in every tab', async () => {
    const { ports, hidden, closed, notes, stored } = await setUp();
    await hearKeyEvent('a', { event: 'delete', target: 'phone', key: 'k', mids: ['1'] }, ports);
    expect([closed, hidden, await stored()]).to.deep.equal([[['a', '1']], [['a', '1']], ['2']]);
    expect(notes).to.have.length(1);
  });

  it('tells of an alert that changed, and of one that was deleted', async () => {
    const { ports, heard } = await setUp();
    const alert = { id: 'i', target: 'phone', key: 'k', title: '', since: 1, lastAt: 1, count: 1, state: 'firing' };
    await hearKeyEvent('a', { event: 'alert', target: 'phone', key: 'k', alert }, ports);
    await hearKeyEvent('a', { event: 'delete', target: 'phone', key: 'k', mids: [] }, ports);
    expect(heard).to.deep.equal([
      ['a', alert],
      ['a', 'phone', 'k'],
    ]);
  });

  it('passes over what it cannot read', async () => {
    const { ports, heard, closed, stored } = await setUp();
    for (const data of [null, 'x', {}, { event: 'delete', mids: 'x' }, { event: 'alert', alert: {} }]) {
      await hearKeyEvent('a', data, ports);
    }
    expect([heard, closed]).to.deep.equal([[], []]);
    expect(await stored()).to.have.length(2);
  });
});
