import { expect } from 'chai';
import { silentLogger } from '../../server/base/logger.ts';
import { createHousekeeping } from '../../server/delivery/housekeeping.ts';
import { createOutboxes, type Outboxes } from '../../server/delivery/outboxes.ts';
import type { MessageLog } from '../../server/delivery/ports.ts';
import { soleOwner } from '../../server/delivery/sole-owner.ts';
import type { Message } from '../../shared/message.ts';
import { onCleanup } from '../support/cleanup.ts';
import { type FakeClock, fakeClock } from '../support/clock.ts';
import { eventually } from '../support/eventually.ts';
import { historyOf } from '../support/message.ts';
import { idle, message, openBackend, RecordingTransport, recordingLogger } from './fixtures.ts';

const TTL = 3_600_000;
const HISTORY_TTL = 2 * TTL;
const MINUTE = 60_000;

/** A message of that mid, which is its time, with the time to live of these tests. */
const living = (mid: number | string): Message => message(mid, { expiresAt: Number(mid) + TTL });

describe('createHousekeeping', () => {
  let clock: FakeClock;
  let log: MessageLog;
  let outboxes: Outboxes;
  let transport: RecordingTransport;
  let told: string[];

  beforeEach(async () => {
    clock = fakeClock();
    ({ log } = await openBackend());
    transport = new RecordingTransport();
    told = [];
    const phone = { name: 'phone', groups: [], routes: { websocket: {} }, secured: false, createdAt: 0 };
    outboxes = createOutboxes({
      ownership: soleOwner,
      wasRemoved: () => true,
      log,
      clock,
      logger: silentLogger,
      devices: { get: (name) => (name === 'phone' ? phone : undefined), catchUp: async () => {} },
      transports: new Map([['websocket', transport]]),
      maxQueued: 10_000,
      maxReadAhead: 2 ** 20,
      random: () => 0.5,
      addressOf: (_device, _transport, registered) => registered,
      onStatus: (mid, _device, status) => told.push(`${mid} ${status}`),
      onGone: () => {},
    });
  });

  it('deletes documents that have expired, until none is left, once a minute', async () => {
    const left = [200, 200, 7, 0, 3];
    let swept = 0;
    start({
      async sweepDocuments(most) {
        expect(most).to.equal(200);
        swept += 1;
        return left.shift() ?? 0;
      },
    });
    await eventually('the first sweep is over', () => swept === 3);
    await clock.tick(MINUTE);
    await eventually('the second one is', () => swept === 4);
  });

  function start(overrides: Partial<Parameters<typeof createHousekeeping>[0]> = {}) {
    const logger = recordingLogger();
    const clockWatch = { check: async () => {} };
    const ports = {
      log,
      outboxes,
      clock,
      clockWatch,
      logger,
      historyTtl: HISTORY_TTL,
      sweepDocuments: async () => 0,
      ...overrides,
    };
    const housekeeping = createHousekeeping(ports);
    onCleanup(() => housekeeping.close());
    housekeeping.start();
    return { housekeeping, logger };
  }

  /** Messages of now, as if sent. */
  async function append(count = 1): Promise<string[]> {
    const mids = Array.from({ length: count }, (_, index) => String(clock.now() + index));
    await Promise.all(mids.map((mid) => log.append(living(mid), ['phone'])));
    return mids;
  }

  const statuses = async () => (await historyOf(log, 'phone')).map(({ status }) => status);

  it('fails a delivery when its time to live is over: told, visible, and tried no more', async () => {
    const [mid] = await append();
    await outboxes.start();
    start();
    await idle();
    await clock.tick(TTL);
    await idle();
    expect(await statuses()).to.deep.equal(['ready']);
    await clock.tick(MINUTE);
    await eventually(`${mid} is told as failed`, () => told.includes(`${mid} failed`));
    expect(await statuses()).to.deep.equal(['failed']);
    expect(outboxes.queued()).to.equal(0);
    transport.clear();
    await clock.tick(10 * MINUTE);
    expect(transport.mids()).to.deep.equal([]);
  });

  it('says which devices did not get how many messages', async () => {
    await append(3);
    await outboxes.start();
    const { logger } = start();
    await clock.tick(TTL + MINUTE);
    await eventually('a warning', () => logger.warnings.length > 0);
    const text = 'deliveries are given up: their time to live has passed';
    expect(logger.warnings).to.deep.equal([{ facts: { device: 'phone', count: 3 }, text }]);
  });

  it('says it in few lines for many devices', async () => {
    const names = Array.from({ length: 50 }, (_, index) => `device ${index}`);
    await log.append(living(clock.now()), names);
    await clock.tick(TTL + 1);
    const { logger } = start();
    await eventually('a warning', () => logger.warnings.length > 0);
    expect(logger.warnings).to.have.length(21);
    expect(logger.warnings.at(-1)?.facts).to.deep.equal({ devices: 30, count: 30 });
  });

  it('counts what a device has shown, without acknowledging it, as received', async () => {
    const [mid = ''] = await append();
    await log.record(mid, 'phone', 'webpush-ok-comfirm');
    await outboxes.start();
    await clock.tick(TTL + 1);
    start();
    await eventually('nothing is queued', () => outboxes.queued() === 0);
    expect(await statuses()).to.deep.equal(['ok']);
  });

  it('leaves alone what is settled', async () => {
    const [mid = ''] = await append();
    await outboxes.start();
    await outboxes.acknowledge(mid, 'phone');
    await clock.tick(TTL + 1);
    start();
    await idle();
    expect(await statuses()).to.deep.equal(['ok']);
  });

  it('ends more than fit on a page in one sweep, and none that is younger', async () => {
    await append(450);
    await clock.tick(TTL + 1000);
    await append(3);
    await outboxes.start();
    start();
    await eventually('3 are queued', () => outboxes.queued() === 3);
    await idle();
    expect((await statuses()).filter((status) => status === 'failed')).to.have.length(450);
  });

  it('is not stopped by leftovers of devices that nobody knows', async () => {
    await outboxes.start();
    await Promise.all(Array.from({ length: 250 }, (_, index) => log.append(living(clock.now() + index), ['stranger'])));
    await log.append(living(clock.now() + 250), ['phone']);
    await clock.tick(TTL + 1000);
    start();
    for (let tries = 0; tries < 100 && (await statuses())[0] === 'ready'; tries += 1) await idle();
    expect(await statuses()).to.deep.equal(['failed']);
  });

  it('deletes messages when their history is over, once a minute', async () => {
    await append();
    await outboxes.start();
    start();
    await idle();
    for (let minutes = 0; minutes < HISTORY_TTL / MINUTE; minutes += 1) {
      await clock.tick(MINUTE);
      await idle();
    }
    expect(await statuses()).to.deep.equal(['failed']);
    await clock.tick(MINUTE);
    await idle();
    expect(await statuses()).to.deep.equal([]);
  });

  it('goes on a minute after the log could not be read', async () => {
    await append();
    await outboxes.start();
    await clock.tick(TTL + 1);
    let broken = true;
    const { logger } = start({
      log: {
        expire: log.expire,
        overdue: (before, limit) => (broken ? Promise.reject(new Error('disk')) : log.overdue(before, limit)),
      },
    });
    await idle();
    expect(logger.errors).to.have.length(1);
    expect(outboxes.queued()).to.equal(1);
    broken = false;
    await clock.tick(MINUTE);
    await eventually('nothing is queued', () => outboxes.queued() === 0);
  });

  it('deletes nothing of what it could not end first', async () => {
    await append();
    await outboxes.start();
    await clock.tick(HISTORY_TTL + MINUTE);
    start({ outboxes: { ...outboxes, fail: () => Promise.reject(new Error('disk')) } });
    await idle();
    expect(await statuses()).to.deep.equal(['ready']);
  });

  it('ends the running sweep and begins no other once it is closed', async () => {
    let sweeps = 0;
    const expire = (before: number) => {
      sweeps += 1;
      return log.expire(before);
    };
    const { housekeeping } = start({ log: { overdue: log.overdue, expire } });
    await housekeeping.close();
    expect(sweeps).to.equal(1);
    await clock.tick(10 * MINUTE);
    expect(sweeps).to.equal(1);
  });
});
