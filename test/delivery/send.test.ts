import { expect } from 'chai';
import { RelayError } from '../../server/base/errors.ts';
import { silentLogger } from '../../server/base/logger.ts';
import { createDeletion } from '../../server/delivery/deletion.ts';
import { createDevices, type Devices } from '../../server/delivery/devices.ts';
import { createOutboxes, type Outboxes } from '../../server/delivery/outboxes.ts';
import type { Mail, MessageLog } from '../../server/delivery/ports.ts';
import { createReplies } from '../../server/delivery/reply.ts';
import { createSend, type Reply, type Send } from '../../server/delivery/send.ts';
import { createLocalMail, soleOwner } from '../../server/delivery/sole-owner.ts';
import { type FakeClock, fakeClock } from '../support/clock.ts';
import { historyOf, messagesFrom } from '../support/message.ts';
import { rejection } from '../support/rejection.ts';
import { draft, idle, openBackend, openEnd, RecordingTransport, recordingLogger, turn } from './fixtures.ts';

/** Everything between a draft and its transports, on a real log. */
interface Sending {
  readonly send: Send;
  readonly devices: Devices;
  readonly outboxes: Outboxes;
  readonly mail: { -readonly [Part in keyof Mail]: Mail[Part] };
  readonly log: MessageLog;
  readonly clock: FakeClock;
  readonly transport: RecordingTransport;
  readonly webhook: RecordingTransport;
  register(name: string, groups?: readonly string[], transport?: string): Promise<unknown>;
}

async function sending({ maxQueued = 100, accept }: { maxQueued?: number; accept?: MessageLog['accept'] } = {}) {
  const clock = fakeClock();
  const backend = await openBackend(undefined, clock);
  const { log } = backend;
  const replies = createReplies(clock);
  const devices = await createDevices({ store: backend.devices, clock, maxDevices: 1000 });
  const transport = new RecordingTransport();
  const webhook = new RecordingTransport({ name: 'webhook', window: 1, awaitsAcknowledgement: false });
  const outboxes = createOutboxes({
    ownership: soleOwner,
    wasRemoved: () => true,
    log,
    clock,
    logger: silentLogger,
    devices,
    maxQueued,
    maxReadAhead: 2 ** 20,
    transports: new Map([transport, webhook].map((one) => [one.name, one])),
    random: () => 0.5,
    addressOf: (_device, _transport, registered) => registered,
    onStatus: replies.update,
    onGone: () => {},
  });
  const logger = recordingLogger();
  const mail: Sending['mail'] = createLocalMail();
  mail.onMail(outboxes.enqueue);
  const unknown = (_sendType: string, target: string) => `who is ${target}?`;
  const send = createSend({
    devices,
    log: accept ? { accept, find: log.find } : log,
    mail,
    outboxes,
    replies,
    clock,
    logger,
    unknown,
  });
  const register = (name: string, groups: readonly string[] = [], route = 'websocket') =>
    devices.register({ name, groups, transport: route, address: {}, secured: false });
  const all: Sending = { send, devices, outboxes, mail, log, clock, transport, webhook, register };
  return { ...all, logger };
}

/** The statuses of a reply in order. */
const told = async (reply: Promise<Reply>) => [...(await reply).statuses];

describe('createSend', () => {
  it('says no at once for a name that nobody bears, and keeps its mid for itself', async () => {
    const { send, log } = await sending();
    const { mid, statuses, hint } = await send(draft('nobody'), 60_000);
    expect([...statuses]).to.deep.equal([['nobody', 'no']]);
    expect(hint).to.equal('who is nobody?');
    expect(await log.lastMid()).to.equal(mid);
  });

  it('sends by name to the device and to the members of the group of that name, each once', async () => {
    const { send, register, transport, log } = await sending();
    await register('a', ['b']);
    await register('b', ['b']);
    await send({ ...draft('b'), byName: true }, 0);
    expect(transport.attempts.map(({ device }) => device).sort()).to.deep.equal(['a', 'b']);
    const { statuses, hint } = await send({ ...draft('nobody'), byName: true }, 0);
    expect([statuses.size, hint]).to.deep.equal([0, undefined]);
    const { mid } = await send({ ...draft('a'), feed: true, notice: { kind: 'clear', key: 'k' } }, 0);
    expect((await log.find(mid))?.statuses.size, 'a notice goes to no device').to.equal(0);
  });

  it('has nothing to say at once of a group without members', async () => {
    const { send } = await sending();
    const { statuses, hint } = await send(draft('nobody', 'group'), 60_000);
    expect([...statuses]).to.deep.equal([]);
    expect(hint).to.equal('who is nobody?');
  });

  it('says ok as soon as every recipient has acknowledged', async () => {
    const { send, register, transport, outboxes } = await sending();
    await register('a', ['g']);
    await register('b', ['g']);
    transport.answer = ({ mid, device }) => {
      setImmediate(() => outboxes.acknowledge(mid, device));
      return { kind: 'accepted' };
    };
    expect(await told(send(draft('g', 'group'), 60_000))).to.deep.equal([
      ['a', 'ok'],
      ['b', 'ok'],
    ]);
  });

  it('says what was reached at a wait of 0: wait for what was handed over, ready for who is away', async () => {
    const { send, register, transport } = await sending();
    await register('here', ['g']);
    await register('away', ['g']);
    transport.answer = ({ device }) => ({ kind: device === 'here' ? 'accepted' : 'offline' });
    expect(await told(send(draft('g', 'group'), 0))).to.deep.equal([
      ['here', 'wait'],
      ['away', 'ready'],
    ]);
  });

  it('sends a draft with a number once, and answers a repeat with the statuses as they are', async () => {
    const { send, register, transport, log, outboxes } = await sending();
    await register('a');
    const { mid: number } = await log.stamp(draft('a'));
    const first = await send({ ...draft('a'), number }, 0);
    await outboxes.acknowledge(first.mid, 'a');
    const second = await send({ ...draft('a'), number }, 60_000);
    expect(second.mid).to.equal(first.mid);
    expect([...second.statuses]).to.deep.equal([['a', 'ok']]);
    expect(transport.mids()).to.deep.equal([first.mid]);
    expect(outboxes.queued()).to.equal(0);
  });

  it('counts a delivery as received whose message is withdrawn, and does not deliver it', async () => {
    const { send, register, transport, log, outboxes } = await sending();
    await register('a', ['g']);
    await register('b', ['g']);
    transport.answer = () => ({ kind: 'offline' });
    const { mid } = await send(draft('g', 'group'), 0);
    const other = await send(draft('a'), 0);
    const { withdraw } = createDeletion({ log, outboxes });
    expect(await withdraw([mid, '7'])).to.deep.equal([mid]);
    expect([...((await log.find(mid))?.statuses ?? [])]).to.have.deep.members([
      ['a', 'ok'],
      ['b', 'ok'],
    ]);
    expect(await historyOf(log, 'b')).to.deep.equal([]);
    expect(outboxes.queued()).to.equal(1);
    const before = transport.attempts.length;
    transport.answer = () => ({ kind: 'accepted' });
    outboxes.wake('a', 'websocket');
    outboxes.wake('b', 'websocket');
    await idle();
    expect(transport.mids().slice(before)).to.deep.equal([other.mid]);
  });

  it('fails at once a message without a time to live for who is not there', async () => {
    const { send, register, transport, outboxes } = await sending();
    await register('here', ['g']);
    await register('away', ['g']);
    Object.assign(transport, { isThere: (device: string) => device === 'here' });
    transport.answer = ({ mid, device }) => {
      setImmediate(() => outboxes.acknowledge(mid, device));
      return { kind: 'accepted' };
    };
    const { statuses } = await send({ ...draft('g', 'group'), ttl: 0 }, 60_000);
    expect([...statuses]).to.deep.equal([
      ['here', 'ok'],
      ['away', 'failed'],
    ]);
    expect(outboxes.queued()).to.equal(0);
  });

  it('tells and sends nothing before the message is durable', async () => {
    const { send, register, transport, log } = await sending();
    await register('a');
    const reply = send(draft('a'), 0);
    await Promise.resolve();
    expect(transport.attempts).to.deep.equal([]);
    const { mid } = await reply;
    expect(transport.mids()).to.deep.equal([mid]);
    expect(await historyOf(log, 'a')).to.have.length(1);
  });

  it('is unavailable when the message cannot be stored, and nobody is sent anything', async () => {
    const failing = await sending({ accept: () => Promise.reject(new Error('ENOSPC: secret path')) });
    const { send, register, transport, outboxes, logger } = failing;
    await register('a');
    const error = await rejection(send(draft('a'), 60_000));
    expect(error).to.be.instanceOf(RelayError).and.to.have.property('code', 'unavailable');
    expect(error.message).not.to.contain('secret');
    await idle();
    expect(transport.attempts).to.deep.equal([]);
    expect(outboxes.queued()).to.equal(0);
    expect(logger.errors).to.have.length(1);
  });

  it('gives the places in the queues back when the message cannot be stored', async () => {
    let accept: MessageLog['accept'] = () => Promise.reject(new Error('ENOSPC'));
    const { send, register, log } = await sending({ maxQueued: 1, accept: (...draft) => accept(...draft) });
    await register('a');
    for (let count = 0; count < 3; count += 1) await rejection(send(draft('a'), 0));
    accept = log.accept;
    expect(await told(send(draft('a'), 0))).to.deep.equal([['a', 'wait']]);
  });

  it('stores no more than fit into a queue, however many come at once', async () => {
    const { send, register, transport, log } = await sending({ maxQueued: 5 });
    await register('a');
    transport.answer = () => ({ kind: 'offline' });
    const all = await Promise.all(Array.from({ length: 20 }, () => told(send(draft('a'), 0))));
    expect(all.flat().map(([, status]) => status)).to.deep.equal([
      ...Array(5).fill('ready'),
      ...Array(15).fill('failed'),
    ]);
    expect(await historyOf(log, 'a')).to.have.length(5);
  });

  it('takes the members of a group as they are when it is accepted', async () => {
    const { send, register, transport, log } = await sending();
    await register('a', ['g']);
    const reply = send(draft('g', 'group'), 0);
    await register('b', ['g']);
    expect(await told(reply)).to.deep.equal([['a', 'wait']]);
    expect(transport.attempts.map(({ device }) => device)).to.deep.equal(['a']);
    expect(await historyOf(log, 'b')).to.deep.equal([]);
  });

  it('sends on the routes that a device has when the message is durable', async () => {
    const { send, register, devices, webhook } = await sending();
    await register('a');
    const device = devices.get('a');
    const get = devices.get;
    // The second route is registered while the message is on its way to the disk.
    devices.get = (name) =>
      device && name === 'a' ? { ...device, routes: { websocket: {}, webhook: {} } } : get(name);
    await send(draft('a'), 0);
    expect(webhook.mids('a')).to.have.length(1);
  });

  it('sends nothing to a device that was removed while its message was stored', async () => {
    const { send, register, devices, transport, outboxes } = await sending();
    await register('a');
    const get = devices.get;
    devices.get = (name) => (name === 'a' ? undefined : get(name));
    await send(draft('a'), 0);
    expect(transport.attempts).to.deep.equal([]);
    expect(outboxes.queued()).to.equal(0);
  });

  it('lets no dead recipient delay another', async () => {
    const { send, register, transport, webhook, outboxes } = await sending();
    await register('dead', ['g'], 'webhook');
    await register('buggy', ['g']);
    await register('alive', ['g']);
    webhook.answer = () => openEnd().outcome;
    transport.answer = ({ device, mid }) => {
      if (device === 'buggy') throw new Error('bug');
      setImmediate(() => outboxes.acknowledge(mid, device));
      return { kind: 'accepted' };
    };
    const replies = Array.from({ length: 50 }, () => send(draft('g', 'group'), 0));
    await Promise.all(replies);
    for (let turns = 0; turns < 50 && transport.mids('alive').length < 50; turns += 1) await turn();
    expect(transport.mids('alive')).to.have.length(50);
    expect(webhook.mids('dead')).to.have.length(1);
  });

  it('says failed at once for a recipient whose queue is full, and does not keep the message for it', async () => {
    const { send, register, transport, log, outboxes } = await sending({ maxQueued: 2 });
    await register('full', ['g']);
    await register('free', ['g']);
    transport.answer = () => ({ kind: 'offline' });
    for (let count = 0; count < 2; count += 1) await send(draft('full'), 0);
    expect(await told(send(draft('g', 'group'), 0))).to.deep.equal([
      ['full', 'failed'],
      ['free', 'ready'],
    ]);
    expect(await told(send(draft('full'), 60_000))).to.deep.equal([['full', 'failed']]);
    expect(await historyOf(log, 'full')).to.have.length(2);
    const [first] = transport.mids('full');
    await outboxes.acknowledge(first ?? '', 'full');
    expect(await told(send(draft('full'), 0))).to.deep.equal([['full', 'ready']]);
  });

  it('counts messages that are still being stored, so that a burst stays within the bound', async () => {
    const { send, register, transport, log, outboxes } = await sending({ maxQueued: 3 });
    await register('full', ['g']);
    transport.answer = () => ({ kind: 'offline' });
    const replies = Array.from({ length: 10 }, () => told(send(draft('full'), 0)));
    const statuses = (await Promise.all(replies)).map(([one]) => one?.[1]);
    expect(statuses).to.deep.equal([...Array(3).fill('ready'), ...Array(7).fill('failed')]);
    expect(outboxes.queued('full')).to.equal(3);
    expect(await historyOf(log, 'full')).to.have.length(3);
  });

  it('refuses a message to a device that is being renamed, also in a group, and stores nothing', async () => {
    const { send, register, outboxes, log } = await sending();
    await register('a', ['g']);
    await register('b', ['g']);
    const release = outboxes.hold('a');
    for (const one of [draft('a'), draft('g', 'group')]) {
      const error = await rejection(send(one, 0));
      expect(error).to.include({ code: 'unavailable', retryAfter: 1 });
    }
    expect(await told(send(draft('b'), 0))).to.deep.equal([['b', 'wait']]);
    release?.();
    expect(await told(send(draft('a'), 0))).to.deep.equal([['a', 'wait']]);
    expect((await log.queued()).get('a')).to.equal(1);
  });

  it('gives the places back when the message could not be stored', async () => {
    let broken = true;
    const createMessage = messagesFrom(fakeClock());
    const { send, register, outboxes } = await sending({
      maxQueued: 1,
      accept: async (one) => {
        if (broken) throw new Error('disk full');
        return { message: createMessage(one), full: [] };
      },
    });
    await register('a', ['g']);
    await register('b', ['g']);
    for (let count = 0; count < 3; count += 1) {
      expect(await rejection(send(draft('g', 'group'), 0))).to.be.instanceOf(RelayError);
    }
    broken = false;
    expect((await told(send(draft('g', 'group'), 0))).map(([name]) => name)).to.deep.equal(['a', 'b']);
    expect(outboxes.queued()).to.equal(2);
    expect(await told(send(draft('a'), 0))).to.deep.equal([['a', 'failed']]);
  });

  it('warns once a minute while the log refuses, however many send', async () => {
    const refusal = new RelayError('unavailable', 'the storage is away; try again');
    const { send, register, clock, logger } = await sending({ accept: () => Promise.reject(refusal) });
    await register('a');
    for (let count = 0; count < 3; count += 1) expect(await rejection(send(draft('a'), 0))).to.equal(refusal);
    expect(logger.warnings.map(({ text }) => text)).to.deep.equal(['messages are refused']);
    await clock.tick(60_000);
    await rejection(send(draft('a'), 0));
    expect([logger.warnings.length, logger.errors.length]).to.deep.equal([2, 0]);
  });

  it('keeps the order of mids for each device under 200 sends at once', async () => {
    const { send, register, transport, outboxes } = await sending({ maxQueued: 1000 });
    for (const name of ['a', 'b', 'c']) await register(name, ['g']);
    transport.answer = ({ device, mid }) => {
      setImmediate(() => outboxes.acknowledge(mid, device));
      return { kind: 'accepted' };
    };
    const drafts = Array.from({ length: 200 }, (_, index) =>
      index % 2 === 0 ? draft('g', 'group') : draft(['a', 'b', 'c'][index % 3] ?? 'a'),
    );
    const replies = await Promise.all(drafts.map((one) => send(one, 60_000)));
    const mids = replies.map(({ mid }) => Number(mid));
    expect(mids).to.deep.equal([...new Set(mids)].sort((a, b) => a - b));
    for (const { statuses } of replies) for (const status of statuses.values()) expect(status).to.equal('ok');
    for (const name of ['a', 'b', 'c']) {
      const got = transport.mids(name).map(Number);
      expect(got).to.deep.equal([...new Set(got)].sort((a, b) => a - b));
    }
    expect(outboxes.queued()).to.equal(0);
  });

  describe('on a log that several nodes share', () => {
    const none = () => Promise.reject<never>(new Error('not asked'));

    it('looks the recipients up again when the registry has changed meanwhile', async () => {
      let stale = 1;
      const { send, register, devices, log } = await sending({ accept: (...args) => accept(...args) });
      const accept: MessageLog['accept'] = async (...args) => {
        stale -= 1;
        return stale >= 0 ? 'stale' : log.accept(...args);
      };
      devices.catchUp = async () => void (await register('late', ['g']));
      expect(await told(send(draft('g', 'group'), 0))).to.deep.equal([['late', 'wait']]);
      expect(await historyOf(log, 'late')).to.have.length(1);
    });

    it('is unavailable when the registry changes again and again, and keeps no place', async () => {
      const { send, register, outboxes } = await sending({ maxQueued: 1, accept: async () => 'stale' });
      await register('a');
      const error = await rejection(send(draft('a'), 0));
      expect(error).to.include({ code: 'unavailable', retryAfter: 1 });
      expect(outboxes.reserve('a')).to.equal(true);
    });

    it('says failed for the recipients whose queue the log found full', async () => {
      const createMessage = messagesFrom(fakeClock());
      const { send, register } = await sending({
        accept: async (one) => ({ message: createMessage(one), full: ['b'] }),
      });
      for (const name of ['a', 'b']) await register(name, ['g']);
      expect(await told(send(draft('g', 'group'), 0))).to.deep.equal([
        ['a', 'wait'],
        ['b', 'failed'],
      ]);
    });

    it('passes on what the log says of an unknown end', async () => {
      const unknown = new RelayError('unavailable', 'no answer; it may still be delivered');
      const { send, register } = await sending({ accept: () => Promise.reject(unknown) });
      await register('a');
      expect(await rejection(send(draft('a'), 0))).to.equal(unknown);
    });

    it('reads the statuses again that were open when the wait ended', async () => {
      const { send, register, mail, clock } = await sending();
      await register('a');
      mail.reread = async (mid) => new Map(mid === '' ? [] : [['a', 'ok']]);
      const reply = send(draft('a'), 1000);
      await idle();
      await clock.tick(1000);
      expect(await told(reply)).to.deep.equal([['a', 'ok']]);
    });

    it('keeps that a device has a message, which is told and not stored', async () => {
      const { send, register, mail } = await sending();
      await register('a');
      mail.reread = async () => new Map([['a', 'ready']]);
      expect(await told(send(draft('a'), 0))).to.deep.equal([['a', 'wait']]);
    });

    it('tells what it knows when they cannot be read, and reads nothing when all are settled', async () => {
      const { send, register, mail, transport, outboxes } = await sending();
      await register('a');
      mail.reread = none;
      expect(await told(send(draft('a'), 0))).to.deep.equal([['a', 'wait']]);
      transport.answer = ({ device, mid }) => {
        setImmediate(() => outboxes.acknowledge(mid, device));
        return { kind: 'accepted' };
      };
      mail.reread = () => expect.fail('read for nothing');
      expect(await told(send(draft('a'), 60_000))).to.deep.equal([['a', 'ok']]);
    });
  });
});
