import { expect } from 'chai';
import type { Draft } from '../../server/delivery/message.ts';
import { createAlerts } from '../../server/messages/alerts.ts';
import { createIdempotency } from '../../server/messages/idempotency.ts';
import { createPublish } from '../../server/messages/publish.ts';
import { createPublishNow } from '../../server/messages/publish-now.ts';
import type { KeyEvent } from '../../shared/api.ts';
import { readContent, writeContent } from '../../shared/content.ts';
import { fakeClock } from '../support/clock.ts';
import { memoryDocuments } from '../support/memory-documents.ts';
import { messagesFrom } from '../support/message.ts';
import { recordingLogger } from '../support/recording-logger.ts';
import { rejection } from '../support/rejection.ts';

function draft(extra: Record<string, unknown> = {}, text = 'hello'): Draft {
  return {
    sendType: 'personal',
    target: 'phone',
    from: { method: 'http', name: '' },
    content: readContent({ text, desp: '', extra }),
  };
}

function setUp() {
  const clock = fakeClock(Date.parse('2026-11-30T12:00:00Z'));
  const documents = memoryDocuments(clock.now);
  const make = messagesFrom(clock);
  const sent: Draft[] = [];
  const told: KeyEvent[] = [];
  const state = { fails: false };
  const send = async (one: Draft) => {
    if (state.fails) throw new Error('the disk is full');
    sent.push(one);
    return { mid: make(one).mid, statuses: new Map() };
  };
  const config = { quietFor: 6 * 3_600_000, flapCount: 5, flapWindow: 600_000 };
  const alerts = createAlerts({ documents, clock, config, keptFor: 1e9, node: 'a', isAlive: async () => true });
  const { logger } = recordingLogger();
  const publishNow = createPublishNow({ send, alerts, tell: (event) => void told.push(event), clock, logger });
  const log = { stamp: async (one: Draft) => make(one), find: async () => undefined };
  const idempotency = createIdempotency({ documents, log, clock });
  const timed = {
    schedule: async () => {
      throw new Error('nothing here is scheduled');
    },
  };
  return {
    clock,
    sent,
    told,
    state,
    publish: createPublish({
      send,
      publishDue: (one, wait, options) => publishNow(one, wait, options),
      timed,
      idempotency,
    }),
  };
}

const firing = { key: 'disk', state: 'firing' };

describe('createPublish', () => {
  it('passes on a message without a key and options as it is', async () => {
    const { publish, sent } = setUp();
    const plain = draft({ priority: 5 });
    await publish(plain, 0);
    expect(sent).to.have.length(1);
    expect(sent[0]).to.equal(plain);
  });

  it('takes away what would make a message look like a question', async () => {
    const { publish, sent } = setUp();
    const ask = { id: 'a'.repeat(30), kind: 'text', until: 5 };
    await publish(draft({ ask, answer: 'https://example.org/', order: 7 }), 0);
    await publish(draft({ answer: 'https://example.org/' }), 0);
    expect(sent.map(({ content }) => writeContent(content).extra)).to.deep.equal([
      { order: 7 },
      { answer: 'https://example.org/' },
    ]);
  });

  it('lets the first message of a key ring, and tells pages of the alert', async () => {
    const { publish, sent, told } = setUp();
    for (let count = 0; count < 3; count += 1) await publish(draft(firing), 0);
    expect(sent.map(({ silent = false }) => silent)).to.deep.equal([false, true, true]);
    expect(told.map(({ event, alert }) => [event, alert?.count])).to.deep.equal([
      ['alert', 1],
      ['alert', 2],
      ['alert', 3],
    ]);
  });

  it('tells of no alert where the key never had a state', async () => {
    const { publish, told } = setUp();
    await publish(draft({ key: 'disk' }), 0);
    expect(told).to.deep.equal([]);
  });

  it('never rings without a key if the sender says so', async () => {
    const { publish, sent } = setUp();
    await publish(draft(), 0, { ring: 'never' });
    expect(sent[0]?.silent).to.equal(true);
  });

  it('gives a message that only changes a state the title of the alert, or else its key', async () => {
    const { publish, sent } = setUp();
    await publish(draft({ key: 'new', state: 'ok' }, ''), 0);
    await publish(draft(firing, 'Disk full'), 0);
    await publish(draft({ key: 'disk', state: 'ok' }, ''), 0);
    expect(sent.map(({ content }) => content.title)).to.deep.equal(['new', 'Disk full', 'Disk full']);
  });

  it('tells devices when a message with a time to live expires', async () => {
    const { publish, sent, clock } = setUp();
    await publish(draft({ a: 1 }), 0, { ttl: 90_000 });
    expect(sent[0]?.ttl).to.equal(90_000);
    const expires = Math.floor(clock.now() / 1000) + 90;
    expect(sent[0] && writeContent(sent[0].content).extra).to.deep.equal({ a: 1, expires });
  });

  it('lets the next message ring if one could not be stored', async () => {
    const { publish, sent, state } = setUp();
    state.fails = true;
    expect(await rejection(publish(draft(firing), 0))).to.have.property('message', 'the disk is full');
    state.fails = false;
    await publish(draft(firing), 0);
    expect(sent.map(({ silent = false }) => silent)).to.deep.equal([false]);
  });

  it('sends a request with an idempotency key with a number', async () => {
    const { publish, sent } = setUp();
    await publish(draft(), 0, { idempotency: 'k' }, 'owner/');
    expect(sent[0]?.number).to.match(/^\d+$/);
  });
});
