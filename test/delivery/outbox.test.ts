import { expect } from 'chai';
import type { Device } from '../../server/delivery/device.ts';
import { Outbox, type OutboxPorts } from '../../server/delivery/outbox.ts';
import type { MessageLog } from '../../server/delivery/ports.ts';
import { ReadAhead } from '../../server/delivery/read-ahead.ts';
import { soleOwner } from '../../server/delivery/sole-owner.ts';
import type { Message } from '../../shared/message.ts';
import type { Status } from '../../shared/status.ts';
import { type FakeClock, fakeClock } from '../support/clock.ts';
import { eventually } from '../support/eventually.ts';
import { historyOf } from '../support/message.ts';
import { rejection } from '../support/rejection.ts';
import {
  idle,
  message,
  openBackend,
  openEnd,
  pushTransport,
  RecordingTransport,
  range,
  recordingLogger,
} from './fixtures.ts';

const device = (routes: Device['routes']): Device => ({
  name: 'phone',
  groups: [],
  routes,
  secured: false,
  createdAt: 0,
});

/** A log that cannot be written while `broken`. */
function breakable(log: MessageLog): {
  log: Pick<MessageLog, 'record' | 'settle' | 'revert' | 'unsettled'>;
  broken: boolean;
} {
  const state = {
    broken: false,
    log: {
      unsettled: log.unsettled,
      revert: log.revert,
      record: (mid: string, name: string, status: Status) =>
        state.broken ? Promise.reject(new Error('ENOSPC')) : log.record(mid, name, status),
      settle(...settling: Parameters<MessageLog['settle']>) {
        if (state.broken) settling[3].failed(new Error('ENOSPC'));
        else log.settle(...settling);
      },
    },
  };
  return state;
}

/** Ends a delivery. Resolves to whether it was open. */
function settle(box: Outbox, mid: string, status: 'ok' | 'failed'): Promise<boolean> {
  return new Promise((settled, failed) => box.settle(mid, status, { settled, failed }));
}

describe('Outbox', () => {
  let clock: FakeClock;
  let log: MessageLog;
  let socket: RecordingTransport;
  let push: RecordingTransport;
  let told: string[];
  let gone: unknown[];
  let logger: ReturnType<typeof recordingLogger>;
  beforeEach(async () => {
    clock = fakeClock();
    ({ log } = await openBackend());
    socket = new RecordingTransport({ window: 4 });
    push = pushTransport({ window: 2 });
    told = [];
    gone = [];
    logger = recordingLogger();
  });

  function outbox(routes: Device['routes'], queued = 0, overrides: Partial<OutboxPorts> = {}): Outbox {
    const made = new Outbox(device(routes), queued, {
      log,
      ownership: soleOwner,
      clock,
      logger,
      transports: new Map([socket, push].map((one) => [one.name, one])),
      readAhead: new ReadAhead(2 ** 20),
      random: () => 0.5,
      addressOf: (_device, transport, registered) => `${transport} ${registered}`,
      onStatus: (mid, name, status) => told.push(`${mid} ${name} ${status}`),
      onGone: (...facts) => gone.push(facts),
      ...overrides,
    });
    return made;
  }

  async function append(...mids: readonly (number | string)[]): Promise<Message[]> {
    const messages = mids.map((mid) => message(mid));
    await Promise.all(messages.map((one) => log.append(one, ['phone'])));
    return messages;
  }

  async function enqueue(to: Outbox, ...mids: readonly (number | string)[]): Promise<void> {
    for (const one of await append(...mids)) to.enqueue({ message: one, bytes: 100, holders: 0 });
  }

  it('tries every route, each at its own address, and leaves out those that nobody runs', async () => {
    const box = outbox({ websocket: 'here', webpush: 'there', telegraph: 'nowhere' });
    await enqueue(box, 1);
    expect(socket.attempts.map(({ address }) => address)).to.deep.equal(['websocket here']);
    expect(push.attempts.map(({ address }) => address)).to.deep.equal(['webpush there']);
  });

  it('drops on every route what was settled on one, wherever it stands, and aborts what is on its way', async () => {
    const box = outbox({ websocket: '', webpush: '' });
    push.answer = () => openEnd().outcome;
    await enqueue(box, 1, 2, 3, 4);
    expect(push.mids()).to.deep.equal(['1', '2']);
    await settle(box, '1', 'ok');
    await settle(box, '4', 'ok');
    expect(push.attempts[0]?.signal.aborted).to.equal(true);
    expect(push.attempts[1]?.signal.aborted).to.equal(false);
    expect(push.mids()).to.deep.equal(['1', '2', '3']);
    await settle(box, '2', 'ok');
    expect(push.mids()).to.deep.equal(['1', '2', '3']);
  });

  it('tells of an acknowledgement when it is durable', async () => {
    const box = outbox({ websocket: '' });
    await enqueue(box, 1);
    told = [];
    const settled = settle(box, '1', 'ok');
    expect(told).to.deep.equal([]);
    expect(await settled).to.equal(true);
    expect(told).to.deep.equal(['1 phone ok']);
    expect((await historyOf(log, 'phone'))[0]?.status).to.equal('ok');
  });

  it('counts what is queued: up with each message, down once with each that is settled', async () => {
    const box = outbox({ websocket: '' });
    await enqueue(box, 1, 2, 3);
    expect(box.queued).to.equal(3);
    expect(await Promise.all([settle(box, '1', 'ok'), settle(box, '1', 'ok')])).to.deep.equal([true, false]);
    expect(await settle(box, '1', 'failed')).to.equal(false);
    for (const mid of ['7', '', 'x', '-1', '1e3', '__proto__', '9'.repeat(400)]) {
      expect(await settle(box, mid, 'ok'), mid).to.equal(false);
    }
    expect(box.queued).to.equal(2);
    await settle(box, '2', 'failed');
    expect(box.queued).to.equal(1);
  });

  it('does not send again what was acknowledged just before the device came back', async () => {
    const box = outbox({ websocket: '' });
    await enqueue(box, 1, 2);
    socket.clear();
    const settled = settle(box, '1', 'ok');
    box.wake('websocket');
    await settled;
    await idle();
    expect(socket.mids()).to.deep.equal(['2']);
  });

  it('confirms what a transport confirmed', async () => {
    push.answer = () => ({ kind: 'confirmed' });
    const box = outbox({ webpush: '' });
    await enqueue(box, 1);
    await eventually('nothing is queued', () => box.queued === 0);
    expect(told).to.include('1 phone ok');
  });

  it('keeps states beyond wait in the log, and lets a late one change nothing', async () => {
    const box = outbox({ webpush: '' });
    await enqueue(box, 1, 2);
    await settle(box, '2', 'ok');
    box.progress('2', 'webpush-ok', 'webpush');
    await idle();
    const statuses = (await historyOf(log, 'phone')).map(({ status }) => status);
    expect(statuses).to.deep.equal(['webpush-ok', 'ok']);
  });

  it('does not push again what a push service took before a restart', async () => {
    await enqueue(outbox({ webpush: '' }), 1, 2);
    await idle();
    push.clear();
    outbox({ webpush: '' }, 2);
    await idle();
    expect(push.mids()).to.deep.equal([]);
  });

  it('fails what its only route refuses, and goes on', async () => {
    push.answer = ({ mid }) => (mid === '1' ? { kind: 'refused', reason: 'too large' } : { kind: 'accepted' });
    const box = outbox({ webpush: '' });
    await enqueue(box, 1, 2);
    await eventually('1 are queued', () => box.queued === 1);
    expect(told).to.include('1 phone failed').and.to.include('2 phone webpush-ok');
  });

  it('leaves to another route what one refuses', async () => {
    push.answer = () => ({ kind: 'refused', reason: 'too large' });
    const box = outbox({ websocket: '', webpush: '' });
    await enqueue(box, 1);
    await eventually('it is ready again', () => told.includes('1 phone ready'));
    expect(told.filter((line) => !line.endsWith(' wait'))).to.deep.equal(['1 phone webpush-wait', '1 phone ready']);
    expect((await log.find('1'))?.statuses.get('phone')).to.equal('ready');
    expect(box.queued).to.equal(1);
    expect(await settle(box, '1', 'ok')).to.equal(true);
  });

  it('closes a dead route with its registered address, keeps the queue, and serves the others', async () => {
    push.answer = () => ({ kind: 'gone', reason: '410' });
    const box = outbox({ websocket: 'here', webpush: 'there' });
    await enqueue(box, 1, 2);
    expect(gone).to.deep.equal([['phone', 'webpush', 'there', '410']]);
    expect(push.mids()).to.deep.equal(['1']);
    expect(socket.mids()).to.deep.equal(['1', '2']);
    expect(box.queued).to.equal(2);
  });

  it('brings the backlog to a route that is added, and gives its attempts up when it is replaced', async () => {
    const box = outbox({ websocket: '' });
    socket.answer = () => ({ kind: 'offline' });
    await enqueue(box, 1, 2);
    push.answer = () => openEnd().outcome;
    box.open('webpush', 'old');
    await idle();
    expect(push.mids()).to.deep.equal(['1', '2']);
    box.open('webpush', 'new');
    await idle();
    expect(push.attempts.map(({ address, signal }) => `${address} ${signal.aborted}`)).to.deep.equal([
      'webpush old true',
      'webpush old true',
      'webpush new false',
      'webpush new false',
    ]);
  });

  it('lets a push that was held back go when the device leaves', async () => {
    push = pushTransport({ grace: 1500 });
    const box = outbox({ websocket: '', webpush: '' });
    await enqueue(box, clock.now());
    expect(push.mids()).to.deep.equal([]);
    box.sleep('websocket');
    expect(push.mids()).to.have.length(1);
  });

  it('pushes nothing that was acknowledged within the grace', async () => {
    push = pushTransport({ grace: 1500 });
    const box = outbox({ websocket: '', webpush: '' });
    const mid = String(clock.now());
    await enqueue(box, mid);
    await settle(box, mid, 'ok');
    await clock.tick(60_000);
    expect(push.mids()).to.deep.equal([]);
  });

  it('reads the backlog of an offline device of 10,000 messages piece by piece, in order', async () => {
    socket = new RecordingTransport({ window: 64 });
    socket.answer = () => ({ kind: 'offline' });
    const reads: number[] = [];
    const box = outbox({ websocket: '' }, 0, {
      log: {
        record: log.record,
        settle: log.settle,
        revert: log.revert,
        unsettled(name, after, bounds) {
          reads.push(bounds.limit);
          return log.unsettled(name, after, bounds);
        },
      },
    });
    await enqueue(box, ...range(1, 10_000));
    expect(reads).to.deep.equal([]);
    socket.clear();
    const got: string[] = [];
    socket.answer = ({ mid }) => {
      got.push(mid);
      setImmediate(() => settle(box, mid, 'ok'));
      return { kind: 'accepted' };
    };
    box.wake('websocket');
    await eventually('nothing is queued', () => box.queued === 0);
    expect(got).to.deep.equal(range(1, 10_000));
    expect(Math.max(...reads)).to.be.at.most(256);
  });

  it('reads and tries nothing for a receiver that is away, until it is there', async () => {
    let reads = 0;
    const counted = {
      record: log.record,
      settle: log.settle,
      revert: log.revert,
      unsettled: (...asked: Parameters<MessageLog['unsettled']>) => {
        reads += 1;
        return log.unsettled(...asked);
      },
    };
    await append(1, 2);
    socket.isThere = () => false;
    const box = outbox({ websocket: '' }, 2, { log: counted });
    await enqueue(box, 3);
    await idle();
    expect([reads, socket.mids(), box.queued]).to.deep.equal([0, [], 3]);
    socket.isThere = () => true;
    box.wake('websocket');
    await idle();
    expect(socket.mids()).to.deep.equal(['1', '2', '3']);
    expect(socket.attempts[0]?.address).to.equal('websocket ');
  });

  it('does not fail what one route refuses while the receiver of the other is away', async () => {
    socket.isThere = () => false;
    push.answer = () => ({ kind: 'refused', reason: '413' });
    const box = outbox({ websocket: '', webpush: '' });
    await enqueue(box, 1);
    await idle();
    expect([box.queued, told.at(-1)]).to.deep.equal([1, '1 phone ready']);
  });

  it('wakes no route that was removed', async () => {
    socket.isThere = () => false;
    const box = outbox({ websocket: '' });
    await enqueue(box, 1);
    box.closeLane('websocket');
    box.wake('websocket');
    await idle();
    expect(socket.mids()).to.deep.equal([]);
  });

  it('says once in ten minutes that a message is not taken', async () => {
    socket = new RecordingTransport({ window: 1, awaitsAcknowledgement: false, statuses: {} });
    socket.answer = () => ({ kind: 'retry', reason: 'HTTP 413' });
    const box = outbox({ websocket: '' });
    await enqueue(box, 1, 2, 3);
    for (let passed = 0; passed < 60; passed += 1) {
      await clock.tick(1000);
      await idle();
    }
    const facts = { device: 'phone', transport: 'websocket', mid: '1', reason: 'HTTP 413', queued: 3 };
    expect(logger.warnings).to.deep.equal([{ facts, text: 'a message is not taken; it is tried again' }]);
  });

  it('fails a message when the last of several routes refuses it, and not before', async () => {
    push.answer = () => ({ kind: 'refused', reason: '413' });
    const fcm = pushTransport({ name: 'fcm', statuses: { attempting: 'fcm-wait', accepted: 'fcm-ok' } });
    const end = openEnd();
    fcm.answer = () => end.outcome;
    const transports = new Map([push, fcm].map((one) => [one.name, one]));
    const box = outbox({ webpush: '', fcm: '' }, 0, { transports });
    await enqueue(box, 1);
    await idle();
    expect(box.queued).to.equal(1);
    end.end({ kind: 'refused', reason: '400' });
    await idle();
    expect(told.at(-1)).to.equal('1 phone failed');
    expect(box.queued).to.equal(0);
  });

  it('says that nothing is on its way to an address that is dead', async () => {
    const end = openEnd();
    push.answer = () => end.outcome;
    socket.answer = () => ({ kind: 'offline' });
    const box = outbox({ websocket: '', webpush: '' });
    await enqueue(box, 1, 2);
    await idle();
    told.length = 0;
    end.end({ kind: 'gone', reason: '410' });
    await idle();
    expect(told).to.deep.equal(['1 phone ready', '2 phone ready']);
  });

  describe('while what others brought throws', () => {
    const bug = new Error('bug');
    const throwers: readonly (readonly [how: string, throws: () => never])[] = [
      [
        'at once',
        () => {
          throw bug;
        },
      ],
      ['later', () => Promise.reject(bug) as never],
    ];
    for (const [how, throws] of throwers) {
      it(`settles deliveries all the same: a status listener, ${how}`, async () => {
        const box = outbox({ websocket: '' }, 0, { onStatus: throws });
        await enqueue(box, 1, 2);
        expect(socket.mids()).to.deep.equal(['1', '2']);
        expect(await settle(box, '1', 'ok')).to.equal(true);
        await idle();
        expect(box.queued).to.equal(1);
        await clock.tick(3000);
        expect(socket.mids()).to.deep.equal(['1', '2', '2']);
        expect(logger.errors.map(({ text }) => text)).to.include('delivery fault');
      });

      it(`tries again all the same: a counter of repeats, ${how}`, async () => {
        const box = outbox({ websocket: '' }, 0, { onRetry: throws });
        await enqueue(box, 1);
        await clock.tick(3000);
        expect(socket.mids()).to.deep.equal(['1', '1']);
      });

      it(`closes the lane of a dead address all the same: who drops routes, ${how}`, async () => {
        socket.answer = () => ({ kind: 'gone', reason: '410' });
        const box = outbox({ websocket: '' }, 0, { onGone: throws });
        await enqueue(box, 1, 2);
        await idle();
        expect(socket.mids()).to.deep.equal(['1']);
        expect(box.queued).to.equal(2);
      });

      it(`tries again: a transport, ${how}`, async () => {
        socket.answer = throws;
        const box = outbox({ websocket: '' });
        await enqueue(box, 1);
        await idle();
        socket.answer = () => ({ kind: 'accepted' });
        await clock.tick(3000);
        expect(socket.mids()).to.deep.equal(['1', '1']);
        expect(await settle(box, '1', 'ok')).to.equal(true);
      });
    }

    it('tries again: a transport that gives no outcome', async () => {
      for (const nothing of [undefined, null, {}, Promise.resolve(undefined)]) {
        socket = new RecordingTransport({ window: 4 });
        socket.answer = () => nothing as never;
        const box = outbox({ websocket: '' });
        const mid = String(Number(await log.lastMid()) + 1);
        await enqueue(box, mid);
        await idle();
        socket.answer = () => ({ kind: 'accepted' });
        await clock.tick(3000);
        expect(socket.mids()).to.deep.equal([mid, mid]);
        box.close();
      }
    });
  });

  describe('while the log cannot be written', () => {
    it('keeps an acknowledged delivery queued, sends it again after a rest, and honours the next acknowledgement', async () => {
      const disk = breakable(log);
      const box = outbox({ websocket: '' }, 0, { log: disk.log });
      await enqueue(box, 1, 2);
      disk.broken = true;
      expect(await rejection(settle(box, '1', 'ok'))).to.have.property('message', 'ENOSPC');
      expect(box.queued).to.equal(2);
      expect(told).not.to.include('1 phone ok');
      socket.clear();
      disk.broken = false;
      await clock.tick(60_000);
      await idle();
      expect(socket.mids()).to.include('1');
      expect(await settle(box, '1', 'ok')).to.equal(true);
      expect(box.queued).to.equal(1);
    });

    it('is not in a hurry: a device that acknowledges at once is not sent the same again and again', async () => {
      const disk = breakable(log);
      const box = outbox({ websocket: '' }, 0, { log: disk.log });
      disk.broken = true;
      let failures = 0;
      socket.answer = ({ mid }) => {
        setImmediate(() => settle(box, mid, 'ok').catch(() => (failures += 1)));
        return { kind: 'accepted' };
      };
      await enqueue(box, ...range(1, 200));
      await eventually('200 failures', () => failures === 200);
      await clock.tick(59_999);
      expect(socket.mids()).to.deep.equal(range(1, 200));
    });

    it('confirms again what a transport confirmed in vain', async () => {
      const disk = breakable(log);
      push.answer = () => ({ kind: 'confirmed' });
      const box = outbox({ webpush: '' }, 0, { log: disk.log });
      disk.broken = true;
      await enqueue(box, 1);
      await idle();
      expect(logger.errors).not.to.have.length(0);
      disk.broken = false;
      await clock.tick(600_000);
      await eventually('nothing is queued', () => box.queued === 0);
      expect(told).to.include('1 phone ok');
    });

    it('goes on when a state short of the last cannot be kept', async () => {
      const disk = breakable(log);
      const box = outbox({ webpush: '' }, 0, { log: disk.log });
      disk.broken = true;
      await enqueue(box, 1);
      await idle();
      expect(told).to.deep.equal(['1 phone webpush-wait', '1 phone webpush-ok']);
      expect(logger.errors).to.have.length(2);
      disk.broken = false;
      expect(await settle(box, '1', 'ok')).to.equal(true);
    });

    it('can still be settled after a restart', async () => {
      const disk = breakable(log);
      const box = outbox({ websocket: '' }, 0, { log: disk.log });
      await enqueue(box, 1);
      disk.broken = true;
      await rejection(settle(box, '1', 'ok'));
      box.close();
      socket.clear();
      const queued = (await log.queued()).get('phone') ?? 0;
      const again = outbox({ websocket: '' }, queued);
      await idle();
      expect(socket.mids()).to.deep.equal(['1']);
      expect(await settle(again, '1', 'ok')).to.equal(true);
      expect(again.queued).to.equal(0);
    });
  });

  for (const routes of [
    { websocket: '', webpush: '' },
    { webpush: '', websocket: '' },
  ]) {
    it(`names the one that is acknowledged of several transports at work, with the routes ${Object.keys(routes)}`, async () => {
      const by: string[] = [];
      const onStatus: OutboxPorts['onStatus'] = (_mid, _name, status, transport) => by.push(`${status} ${transport}`);
      const box = outbox(routes, 0, { onStatus });
      push.answer = () => openEnd().outcome;
      await enqueue(box, 1);
      await settle(box, '1', 'ok');
      expect(by.sort()).to.deep.equal(['ok websocket', 'wait websocket', 'webpush-wait webpush']);
    });
  }

  it('names the transport that ended a delivery, and none where none was at work', async () => {
    const by: string[] = [];
    const onStatus: OutboxPorts['onStatus'] = (mid, _name, status, transport) =>
      by.push(`${mid} ${status} ${transport}`);
    const box = outbox({ websocket: '' }, 0, { onStatus });
    await enqueue(box, 1);
    socket.answer = () => ({ kind: 'refused', reason: 'no' });
    await enqueue(box, 2);
    await eventually('1 are queued', () => box.queued === 1);
    box.closeLane('websocket');
    await settle(box, '1', 'failed');
    expect(by).to.deep.equal(['1 wait websocket', '2 failed websocket', '1 failed undefined']);
  });

  it('does nothing more after it was closed', async () => {
    const box = outbox({ websocket: '', webpush: '' });
    push.answer = () => ({ kind: 'retry', reason: '500' });
    await enqueue(box, 1);
    box.close();
    await clock.tick(3_600_000);
    expect([socket.mids(), push.mids()]).to.deep.equal([['1'], ['1']]);
  });
});
