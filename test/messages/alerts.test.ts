import { expect } from 'chai';
import type { Draft } from '../../server/delivery/message.ts';
import { type Alerts, createAlerts } from '../../server/messages/alerts.ts';
import type { Documents } from '../../server/messages/documents.ts';
import { readContent } from '../../shared/content.ts';
import { type FakeClock, fakeClock } from '../support/clock.ts';
import { memoryDocuments } from '../support/memory-documents.ts';

const HOUR = 3_600_000;
const config = { quietFor: 6 * HOUR, flapCount: 5, flapWindow: 600_000 };

function draft(extra: Record<string, unknown>, text = 'Disk', target = 'phone'): Draft {
  return {
    sendType: 'personal',
    target,
    from: { method: 'http', name: '' },
    content: readContent({ text, desp: '', extra }),
  };
}

/** The alerts of one node among several. */
function node(name: string, documents: Documents, clock: FakeClock, alive: ReadonlySet<string>): Alerts {
  return createAlerts({
    documents,
    clock,
    config,
    keptFor: 24 * HOUR,
    node: name,
    isAlive: async (id) => alive.has(id),
  });
}

function alerts() {
  const clock = fakeClock();
  const documents = memoryDocuments(clock.now);
  const alive = new Set(['a', 'b']);
  return { clock, documents, alive, a: node('a', documents, clock, alive), b: node('b', documents, clock, alive) };
}

const firing = { key: 'disk', state: 'firing' };

/** Folds a message that is then stored. */
async function sent(of: Alerts, extra: Record<string, unknown> = firing): Promise<boolean> {
  const { rings, settle } = await of.fold(draft(extra), String(extra['key']), undefined);
  await settle(true);
  return rings;
}

describe('createAlerts', () => {
  it('rings once for messages that come together, on whichever node', async () => {
    const { a, b } = alerts();
    const rang = await Promise.all(Array.from({ length: 50 }, (_, index) => sent(index % 2 === 0 ? a : b)));
    expect(rang.filter(Boolean)).to.have.length(1);
    const { alerts: open } = await a.list(true, { limit: 10 });
    expect(open.map(({ key, count, state }) => [key, count, state])).to.deep.equal([['disk', 50, 'firing']]);
  });

  it('keeps the keys of targets apart', async () => {
    const { a } = alerts();
    const rang = await Promise.all(
      ['phone', 'laptop'].map(async (target) => (await a.fold(draft(firing, 'Disk', target), 'disk', undefined)).rings),
    );
    expect(rang).to.deep.equal([true, true]);
  });

  it('lets the next message ring if the first one could not be stored', async () => {
    const { a } = alerts();
    const { settle } = await a.fold(draft(firing), 'disk', undefined);
    await settle(false);
    expect(await sent(a)).to.equal(true);
    expect(await sent(a)).to.equal(false);
  });

  it('lets the next message ring if the node that stored the first one is gone', async () => {
    const { a, b, alive } = alerts();
    await a.fold(draft(firing), 'disk', undefined);
    expect(await sent(b)).to.equal(false);
    alive.delete('a');
    expect(await sent(b)).to.equal(true);
    expect(await sent(b)).to.equal(false);
  });

  it('closes an alert by hand, once', async () => {
    const { a, clock } = alerts();
    await sent(a);
    const [alert] = (await a.list(true, { limit: 1 })).alerts;
    if (alert === undefined) throw new Error('expected an alert');
    await clock.tick(HOUR);
    expect(await a.close(alert.id)).to.include({ state: 'ok', closedAt: clock.now(), since: alert.since });
    expect(await a.close(alert.id)).to.equal(undefined);
    expect(await a.close('nothing')).to.equal(undefined);
    expect((await a.list(true, { limit: 10 })).alerts).to.deep.equal([]);
    expect((await a.list(false, { limit: 10 })).alerts).to.have.length(1);
  });

  it('lists the latest first, in pages', async () => {
    const { a, clock } = alerts();
    for (const key of ['one', 'two', 'three']) {
      await sent(a, { key, state: 'firing' });
      await clock.tick(1000);
    }
    const first = await a.list(true, { limit: 2 });
    expect(first.alerts.map(({ key }) => key)).to.deep.equal(['three', 'two']);
    const rest = await a.list(true, { limit: 2, ...(first.cursor === undefined ? {} : { after: first.cursor }) });
    expect([rest.alerts.map(({ key }) => key), rest.cursor]).to.deep.equal([['one'], undefined]);
  });

  it('forgets an alert without messages for long', async () => {
    const { a, clock } = alerts();
    await sent(a);
    await clock.tick(25 * HOUR);
    expect((await a.list(false, { limit: 10 })).alerts).to.deep.equal([]);
    expect(await a.find('personal', 'phone', 'disk')).to.equal(undefined);
  });
});
