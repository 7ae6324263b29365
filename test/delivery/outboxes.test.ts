import { expect } from 'chai';
import type { Device } from '../../server/delivery/device.ts';
import { createOutboxes, type Outboxes, type OutboxesPorts } from '../../server/delivery/outboxes.ts';
import type { MessageLog, Ownership } from '../../server/delivery/ports.ts';
import { soleOwner } from '../../server/delivery/sole-owner.ts';
import { type FakeClock, fakeClock } from '../support/clock.ts';
import { historyOf, WEEK } from '../support/message.ts';
import { recordingLogger } from '../support/recording-logger.ts';
import { tempDir } from '../support/temp-dir.ts';
import { idle, message, openBackend, openEnd, pushTransport, RecordingTransport, range } from './fixtures.ts';

describe('createOutboxes', () => {
  let clock: FakeClock;
  let log: MessageLog;
  let transport: RecordingTransport;
  let known: Map<string, Device>;
  let outboxes: Outboxes;
  let ownership: Ownership;
  let told: string[];
  /** Called when all changes of other nodes are to be known. */
  let caughtUp: () => Promise<void>;
  let recording: ReturnType<typeof recordingLogger>;
  const removed = new Set(['stranger']);

  beforeEach(async () => {
    clock = fakeClock();
    ({ log } = await openBackend());
    transport = new RecordingTransport({ window: 2 });
    known = new Map();
    recording = recordingLogger();
    ownership = soleOwner;
    told = [];
    caughtUp = async () => {};
    outboxes = make(log);
    for (const name of ['a', 'b']) know(name);
  });

  function know(name: string): Device {
    const device = { name, groups: [], routes: { websocket: {} }, secured: false, createdAt: 0 };
    known.set(name, device);
    return device;
  }

  function make(on: MessageLog, more: Partial<OutboxesPorts> = {}): Outboxes {
    return createOutboxes({
      ownership,
      wasRemoved: (name) => removed.has(name),
      log: on,
      clock,
      logger: recording.logger,
      devices: { get: (name) => known.get(name), catchUp: () => caughtUp() },
      transports: new Map([[transport.name, transport]]),
      maxQueued: 3,
      maxReadAhead: 2 ** 20,
      random: () => 0.5,
      addressOf: (_device, _transport, registered) => registered,
      onStatus: (mid, device, status) => told.push(`${mid} ${device} ${status}`),
      onGone: () => {},
      ...more,
    });
  }

  /** As a send does, once there is room. */
  async function send(mid: number | string, ...names: readonly string[]): Promise<void> {
    const devices = names.flatMap((name) => known.get(name) ?? []);
    const found = devices.map(({ name }) => name);
    for (const name of found) outboxes.reserve(name);
    await log.append(message(mid), names);
    outboxes.release(found);
    outboxes.enqueue(message(mid), found);
  }

  describe('reserve', () => {
    it('has as many places for each device as may be queued, settled ones not counted', async () => {
      for (const mid of range(1, 3)) await send(mid, 'a');
      expect(outboxes.reserve('a')).to.equal(false);
      expect(outboxes.reserve('b')).to.equal(true);
      await outboxes.acknowledge('2', 'a');
      expect(outboxes.reserve('a')).to.equal(true);
      expect(outboxes.reserve('a')).to.equal(false);
    });

    it('says in the log that a queue is full, once a minute for each device', async () => {
      for (const mid of range(1, 3)) await send(mid, 'a', 'b');
      expect(recording.lines).to.deep.equal([]);
      for (const name of ['a', 'a', 'b']) outboxes.reserve(name);
      const text = 'a message is given up: the queue of the device is full';
      const told = () => recording.lines.filter((line) => line.text === text);
      const line = (device: string) => ({ level: 'warn', text, facts: { device, maxQueued: 3 } });
      expect(told()).to.deep.equal([line('a'), line('b')]);
      await clock.tick(60_000);
      outboxes.reserve('a');
      expect(told().slice(2)).to.deep.equal([line('a')]);
    });

    it('counts messages that are still being stored, until they are given back', () => {
      expect([1, 2, 3, 4].map(() => outboxes.reserve('a'))).to.deep.equal([true, true, true, false]);
      outboxes.release(['a']);
      expect([1, 2].map(() => outboxes.reserve('a'))).to.deep.equal([true, false]);
    });

    it('counts a place once, also for a device that was removed meanwhile', async () => {
      know('gone');
      for (let count = 0; count < 3; count += 1) outboxes.reserve('gone');
      known.delete('gone');
      for (const mid of range(1, 3)) {
        outboxes.release(['gone']);
        outboxes.enqueue(message(mid), ['gone']);
      }
      expect([1, 2, 3, 4].map(() => outboxes.reserve('gone'))).to.deep.equal([true, true, true, false]);
    });
  });

  describe('hold', () => {
    it('is refused while messages wait for the device or are being stored for it', async () => {
      await send(1, 'a');
      expect(outboxes.hold('a')).to.equal(undefined);
      await outboxes.acknowledge('1', 'a');
      outboxes.reserve('a');
      expect(outboxes.hold('a')).to.equal(undefined);
      outboxes.release(['a']);
      expect(outboxes.hold('a')).to.be.a('function');
    });

    it('holds one device until it is released, and only once at a time', () => {
      const release = outboxes.hold('a');
      expect([outboxes.isHeld('a'), outboxes.isHeld('b'), outboxes.hold('a')]).to.deep.equal([true, false, undefined]);
      release?.();
      expect(outboxes.isHeld('a')).to.equal(false);
    });
  });

  describe('start', () => {
    it('sends what the last run left, and forgets what it left of devices that are no more', async () => {
      const dir = await tempDir();
      const backend = await openBackend(dir);
      for (const mid of range(1, 3)) await backend.log.append(message(mid), ['a', 'b', 'stranger']);
      await backend.log.record('1', 'a', 'ok');
      for (const mid of range(1, 3)) await backend.log.record(mid, 'b', 'failed');
      await backend.close();

      const again = await openBackend(dir);
      const started = make(again.log);
      await started.start();
      await idle();
      expect(transport.mids('a')).to.deep.equal(['2', '3']);
      expect(transport.mids()).to.have.length(2);
      expect(started.queued()).to.equal(2);
      expect([started.queued('a'), started.queued('b'), started.queued('stranger')]).to.deep.equal([2, 0, 0]);
      expect(await historyOf(again.log, 'stranger')).to.deep.equal([]);
    });

    it('keeps what waits for a device that was never removed, and gives it to the device when it is back', async () => {
      for (const mid of range(1, 3)) await log.append(message(mid), ['lost']);
      await log.record('1', 'lost', 'ok');
      const started = make(log);
      await started.start();
      await idle();
      expect(transport.mids('lost')).to.deep.equal([]);
      await started.adopt(know('lost'));
      await started.adopt(know('new'));
      await idle();
      expect(transport.mids('lost')).to.deep.equal(['2', '3']);
      expect([started.queued('lost'), started.queued()]).to.deep.equal([2, 2]);
    });

    it('counts what was left towards the bound', async () => {
      for (const mid of range(1, 3)) await log.append(message(mid), ['a']);
      await outboxes.start();
      expect(outboxes.reserve('a')).to.equal(false);
    });
  });

  it('tells how many deliveries are open, of all devices or of one', async () => {
    expect(outboxes.queued()).to.equal(0);
    await send(1, 'a', 'b');
    await send(2, 'a');
    expect([outboxes.queued(), outboxes.queued('a'), outboxes.queued('b'), outboxes.queued('c')]).to.deep.equal([
      3, 2, 1, 0,
    ]);
  });

  it('lets a device acknowledge its own deliveries alone', async () => {
    await send(1, 'a');
    expect(await outboxes.acknowledge('1', 'b')).to.equal(false);
    expect(await outboxes.acknowledge('1', 'stranger')).to.equal(false);
    expect(await outboxes.acknowledge('1', 'a')).to.equal(true);
    expect(await outboxes.fail('1', 'a')).to.equal(false);
    expect(outboxes.queued()).to.equal(0);
  });

  it('sends the backlog anew when the receiver is there again, and nothing while it is away', async () => {
    await send(1, 'a');
    outboxes.sleep('a', 'websocket');
    await send(2, 'a');
    await clock.tick(3_600_000);
    expect(transport.mids('a')).to.deep.equal(['1']);
    outboxes.wake('a', 'websocket');
    await idle();
    expect(transport.mids('a')).to.deep.equal(['1', '1', '2']);
  });

  it('takes no notice of receivers that it has nothing for', () => {
    outboxes.wake('a', 'websocket');
    outboxes.sleep('stranger', 'websocket');
    outboxes.wake('a', 'telegraph');
    outboxes.receipt('1', 'stranger', 'webpush-ok-comfirm', 'webpush');
    expect(outboxes.queued()).to.equal(0);
  });

  it('ends the attempts for a device that is removed, and its queue', async () => {
    await send(1, 'a', 'b');
    outboxes.remove('a');
    await clock.tick(3000);
    expect(transport.mids('a')).to.deep.equal(['1']);
    expect(transport.mids('b')).to.deep.equal(['1', '1']);
    expect([outboxes.queued('a'), outboxes.queued()]).to.deep.equal([0, 1]);
  });

  it('settles in the log what no outbox holds, so that leftovers do not stay overdue', async () => {
    await log.append(message(1), ['stranger']);
    expect(await outboxes.fail('1', 'stranger')).to.equal(true);
    expect(await log.overdue(WEEK + 9, 9)).to.deep.equal([]);
  });

  it('tries nothing more after it was closed', async () => {
    await send(1, 'a', 'b');
    outboxes.close();
    await clock.tick(3_600_000);
    expect(transport.mids()).to.deep.equal(['1', '1']);
  });

  describe('with other nodes', () => {
    const owned = new Set<string>();
    let mayBegin: boolean;
    let gained: (names: readonly string[]) => Promise<void>;
    let lost: (names: readonly string[]) => Promise<void>;
    let resumed: () => void;
    let missed: () => void;

    beforeEach(() => {
      owned.clear();
      mayBegin = true;
      ownership = {
        isShared: true,
        owns: (name) => owned.has(name),
        mayBegin: () => mayBegin,
        onGained(listener) {
          gained = (names) => {
            for (const name of names) owned.add(name);
            return listener((name) => names.includes(name));
          };
        },
        onLost(listener) {
          lost = (names) => {
            for (const name of names) owned.delete(name);
            return listener((name) => names.includes(name));
          };
        },
        onResumed(listener) {
          resumed = listener;
        },
        onMissed(listener) {
          missed = listener;
        },
      };
      outboxes = make(log);
    });

    it('sends the queues of the devices that it has, and those that it takes over', async () => {
      for (const mid of range(1, 2)) await log.append(message(mid), ['a', 'b']);
      owned.add('a');
      await outboxes.start();
      await idle();
      expect([transport.mids('a'), transport.mids('b')]).to.deep.equal([['1', '2'], []]);
      await gained(['b']);
      await idle();
      expect([transport.mids('a'), transport.mids('b')]).to.deep.equal([
        ['1', '2'],
        ['1', '2'],
      ]);
    });

    it('opens nothing for mail of a device that is not its own', async () => {
      await send(1, 'a');
      expect([transport.mids(), outboxes.queued()]).to.deep.equal([[], 0]);
    });

    /** A message to the device `new` that another node has accepted. */
    async function mailed(mid: string | number): Promise<void> {
      await log.append(message(mid), ['new']);
      outboxes.enqueue(message(mid), ['new']);
    }

    it('keeps mail for a device of which it is not told yet', async () => {
      owned.add('new');
      for (const mid of range(1, 2)) await mailed(mid);
      await outboxes.adopt(know('new'));
      await idle();
      expect(transport.mids('new')).to.deep.equal(['1', '2']);
      expect(outboxes.queued('new')).to.equal(2);
    });

    it('keeps none for a device that is removed before that', async () => {
      owned.add('new');
      await mailed(1);
      outboxes.remove('new');
      await outboxes.adopt(know('new'));
      await idle();
      expect(transport.mids('new')).to.deep.equal([]);
    });

    it('sends a queue once when mail comes while the queue is being read', async () => {
      await log.append(message(1), ['a']);
      const taken = gained(['a']);
      await send(2, 'a');
      await taken;
      await idle();
      expect(new Set(transport.mids('a'))).to.deep.equal(new Set(['1', '2']));
      await outboxes.acknowledge('1', 'a');
      await outboxes.acknowledge('2', 'a');
      expect(await log.queued()).to.deep.equal(new Map());
    });

    it('sends what waits in the log before mail that comes after other mail was lost', async () => {
      owned.add('a');
      await send(1, 'a');
      await idle();
      await outboxes.acknowledge('1', 'a');
      await log.append(message(2), ['a']);
      missed();
      await send(3, 'a');
      await idle();
      expect(transport.mids('a')).to.deep.equal(['1', '2', '3']);
    });

    it('sends nothing again that another node has settled while its news were lost', async () => {
      owned.add('a');
      for (const mid of range(1, 2)) await send(mid, 'a');
      await idle();
      await log.record('1', 'a', 'ok');
      missed();
      await idle();
      expect(transport.mids('a')).to.deep.equal(['1', '2', '2']);
    });

    it('sends what waited before the first mail of a device that it takes over', async () => {
      await log.append(message(1), ['a']);
      owned.add('a');
      await send(2, 'a');
      await idle();
      expect(transport.mids('a')).to.deep.equal(['1', '2']);
    });

    it('ends the attempts for devices that go to another node, which gets them when those under way are over', async () => {
      owned.add('a').add('b');
      await send(1, 'a', 'b');
      await idle();
      await lost(['a']);
      await clock.tick(3000);
      expect([transport.mids('a'), transport.mids('b')]).to.deep.equal([['1'], ['1', '1']]);
      expect(outboxes.queued()).to.equal(1);
    });

    it('goes on with devices that come back while an attempt of before is under way', async () => {
      const attempt = openEnd();
      transport = pushTransport({ name: 'websocket' });
      transport.answer = () => attempt.outcome;
      outboxes = make(log);
      owned.add('a');
      await send(1, 'a');
      await idle();
      const left = lost(['a']);
      await gained(['a']);
      await idle();
      expect(transport.mids('a')).to.deep.equal(['1', '1']);
      attempt.end({ kind: 'confirmed' });
      await left;
      await send(2, 'a');
      await idle();
      expect(transport.mids('a')).to.deep.equal(['1', '1', '2']);
    });

    it('sends nothing more to sockets of a lost device while an attempt for another one is under way', async () => {
      owned.add('a').add('b');
      const attempt = openEnd();
      const push = pushTransport();
      push.answer = () => attempt.outcome;
      const devices = { get: (name: string) => known.get(name), catchUp: () => caughtUp() };
      known.set('b', { name: 'b', groups: [], routes: { [push.name]: {} }, secured: false, createdAt: 0 });
      const transports = new Map([transport, push].map((each) => [each.name, each] as const));
      outboxes = make(log, { devices, transports });
      await send(1, 'b');
      for (const mid of range(2, 4)) await send(mid, 'a');
      await idle();
      const left = lost(['a', 'b']);
      await outboxes.acknowledge('2', 'a');
      await clock.tick(60_000);
      expect(transport.mids('a')).to.deep.equal(['2', '3']);
      attempt.end({ kind: 'confirmed' });
      await left;
    });

    it('opens nothing for devices that are lost again while their queues are being read', async () => {
      await log.append(message(1), ['a']);
      const taken = gained(['a']);
      await lost(['a']);
      await taken;
      await idle();
      expect(transport.mids()).to.deep.equal([]);
    });

    it('forgets no message of a device that another node has registered anew', async () => {
      await log.append(message(1), ['stranger']);
      caughtUp = async () => void know('stranger');
      await gained(['stranger']);
      await idle();
      expect(transport.mids('stranger')).to.deep.equal(['1']);
    });

    it('sends late mail also after messages with greater mids', async () => {
      owned.add('a');
      for (const mid of range(1, 2)) await log.append(message(mid), ['a']);
      outboxes.enqueue(message(2), ['a']);
      await idle();
      await outboxes.acknowledge('1', 'a');
      await log.append(message(3), ['a']);
      await log.append(message(4), ['a']);
      outboxes.enqueue(message(4), ['a']);
      await idle();
      const before = transport.mids('a');
      expect(before).to.deep.equal(['1', '2', '4']);
      outboxes.enqueue(message(3), ['a'], true);
      await outboxes.acknowledge('2', 'a');
      await idle();
      expect(transport.mids('a')).to.deep.equal(['1', '2', '4', '3']);
    });

    it('frees the place in flight of what another node settled', async () => {
      owned.add('a');
      for (const mid of range(1, 3)) await send(mid, 'a');
      await idle();
      expect(transport.mids()).to.deep.equal(['1', '2']);
      outboxes.settledElsewhere('1', 'a');
      expect(transport.mids()).to.deep.equal(['1', '2', '3']);
      expect(outboxes.queued('a')).to.equal(2);
      outboxes.settledElsewhere('9', 'stranger');
    });

    it('settles for the owner what a device acknowledges here, and tells of it', async () => {
      await log.append(message(1), ['a']);
      expect(await outboxes.acknowledge('1', 'a')).to.equal(true);
      expect(await outboxes.acknowledge('1', 'a')).to.equal(false);
      expect(told).to.deep.equal(['1 a ok']);
    });

    it('begins no attempt while other nodes may have to believe that it is dead', async () => {
      owned.add('a');
      await send(1, 'a');
      await idle();
      mayBegin = false;
      await send(2, 'a');
      await clock.tick(3_600_000);
      expect(transport.mids()).to.deep.equal(['1']);
      mayBegin = true;
      resumed();
      await idle();
      expect(transport.mids()).to.deep.equal(['1', '1', '2']);
    });
  });
});
