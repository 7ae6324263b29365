import { expect } from 'chai';
import { Lane, type LanePorts } from '../../server/delivery/lane.ts';
import type { LoggedDelivery } from '../../server/delivery/ports.ts';
import type { Status } from '../../shared/status.ts';
import { type FakeClock, fakeClock } from '../support/clock.ts';
import { idle, message, openEnd, pushTransport, RecordingTransport, range } from './fixtures.ts';

/** Most deliveries that a lane keeps beyond those in flight. */
const READ_AHEAD = 64;

/** A lane with its outbox and its log in a test's hands. */
class Bench implements LanePorts {
  readonly timers: FakeClock = fakeClock();
  /** How far the wall clock is off; timers do not mind. */
  offset = 0;
  readonly clock: FakeClock = { ...this.timers, now: () => this.timers.now() + this.offset };
  readonly transport: RecordingTransport;
  readonly lane: Lane;
  /** What the log holds unsettled. */
  readonly log = new Map<number, LoggedDelivery>();
  readonly loads: { after: number; limit: number }[] = [];
  readonly steps: string[] = [];
  readonly faults: unknown[] = [];
  online = false;
  /** What a read waits for between looking into the log and handing over what it saw. */
  gate: Promise<void> = Promise.resolve();

  constructor(transport = new RecordingTransport(), backlog: readonly string[] = []) {
    this.transport = transport;
    for (const mid of backlog) this.keep(mid);
    this.lane = new Lane(transport, 'phone', { at: 'home' }, this, backlog.length > 0);
    this.lane.pump();
  }

  keep(mid: number | string, status: Status = 'ready'): void {
    this.log.set(Number(mid), { message: message(mid), status });
  }

  /** As an outbox does with a message that is durable. */
  enqueue(...mids: readonly (number | string)[]): void {
    for (const mid of mids) {
      this.keep(mid);
      this.lane.enqueue(message(mid));
    }
  }

  /** As an outbox does when the device acknowledges. */
  settle(...mids: readonly (number | string)[]): void {
    for (const mid of mids) {
      this.lane.release(String(mid));
      this.log.delete(Number(mid));
    }
  }

  async load(after: string, limit: number): Promise<LoggedDelivery[]> {
    this.loads.push({ after: Number(after), limit });
    const page = [...this.log.keys()].sort((a, b) => a - b).filter((mid) => mid > Number(after));
    const seen = page.slice(0, limit).flatMap((mid) => this.log.get(mid) ?? []);
    await this.gate;
    return seen;
  }

  /** Holds reads back until the returned function is called. */
  holdReads(): () => void {
    let open: () => void = () => {};
    this.gate = new Promise((resolve) => {
      open = resolve;
    });
    return () => open();
  }

  connected = () => this.online;
  slept = () => this.steps.push('slept');
  progress = (mid: string, status: Status) => this.steps.push(`${mid} ${status}`);
  confirmed = (mid: string) => {
    this.steps.push(`${mid} confirmed`);
    this.settle(mid);
  };
  refused = (mid: string, reason: string) => this.steps.push(`${mid} refused: ${reason}`);
  gone = (reason: string) => {
    this.steps.push(`gone: ${reason}`);
    this.lane.close();
  };
  fault = (error: unknown) => this.faults.push(error);
  random = () => 0.5;
}

describe('Lane', () => {
  describe('window', () => {
    it('has as many in flight as the window allows, in order, and moves on with each that is settled', () => {
      const bench = new Bench(new RecordingTransport({ window: 16 }));
      bench.enqueue(...range(1, 40));
      expect(bench.transport.mids()).to.deep.equal(range(1, 16));
      bench.settle(3, 1);
      expect(bench.transport.mids()).to.deep.equal(range(1, 18));
    });

    it('has one in flight with a window of one', () => {
      const bench = new Bench(new RecordingTransport({ window: 1 }));
      bench.enqueue(1, 2, 3);
      expect(bench.transport.mids()).to.deep.equal(['1']);
      bench.settle(1);
      bench.settle(2);
      expect(bench.transport.mids()).to.deep.equal(['1', '2', '3']);
    });

    it('does not move for a mid that it does not know', () => {
      const bench = new Bench(new RecordingTransport({ window: 1 }));
      bench.enqueue(1, 2);
      for (const mid of ['7', '', '1.0', '__proto__']) bench.lane.release(mid);
      expect(bench.transport.mids()).to.deep.equal(['1']);
    });

    it('drops a settled delivery that still waits', () => {
      const bench = new Bench(new RecordingTransport({ window: 1 }));
      bench.enqueue(1, 2, 3);
      bench.settle(2);
      bench.settle(1);
      expect(bench.transport.mids()).to.deep.equal(['1', '3']);
    });

    it('is freed by what is accepted where nobody acknowledges', () => {
      const bench = new Bench(pushTransport({ window: 1 }));
      bench.enqueue(1, 2, 3);
      expect(bench.transport.mids()).to.deep.equal(['1', '2', '3']);
    });

    it('hands device, address and message to the transport', () => {
      const bench = new Bench();
      bench.enqueue(1);
      expect(bench.transport.attempts[0]).to.include({ device: 'phone', mid: '1' });
      expect(bench.transport.attempts[0]?.address).to.deep.equal({ at: 'home' });
    });
  });

  describe('repeats', () => {
    it('sends what is not acknowledged again, three times at the base, then at doubled waits up to the cap', async () => {
      const bench = new Bench(new RecordingTransport({ retry: { base: 3000, cap: 20_000 } }));
      const start = bench.clock.now();
      const at: number[] = [];
      bench.transport.answer = () => {
        at.push(bench.clock.now() - start);
        return { kind: 'accepted' };
      };
      bench.enqueue(1);
      await bench.clock.tick(90_000);
      expect(at).to.deep.equal([0, 3000, 6000, 9000, 15_000, 27_000, 47_000, 67_000, 87_000]);
      expect(new Set(bench.transport.mids())).to.deep.equal(new Set(['1']));
    });

    it('ends with the acknowledgement', async () => {
      const bench = new Bench();
      bench.enqueue(1, 2);
      bench.settle(1);
      await bench.clock.tick(3000);
      expect(bench.transport.mids()).to.deep.equal(['1', '2', '2']);
    });

    it('does not repeat what is settled by the repeat before it', async () => {
      const bench = new Bench();
      bench.enqueue(1, 2);
      bench.transport.answer = () => {
        bench.settle(2);
        return { kind: 'accepted' };
      };
      await bench.clock.tick(3000);
      expect(bench.transport.mids()).to.deep.equal(['1', '2', '1']);
    });

    it('counts each delivery on its own', async () => {
      const bench = new Bench();
      bench.enqueue(1);
      await bench.clock.tick(2000);
      bench.enqueue(2);
      await bench.clock.tick(1000);
      expect(bench.transport.mids()).to.deep.equal(['1', '2', '1']);
      await bench.clock.tick(2000);
      expect(bench.transport.mids()).to.deep.equal(['1', '2', '1', '2']);
    });

    it('never has two attempts of one delivery at once', async () => {
      const bench = new Bench(pushTransport({ window: 1, retry: { base: 200, cap: 1000 } }));
      const slow = openEnd();
      bench.transport.answer = () => slow.outcome;
      bench.enqueue(1);
      await bench.clock.tick(60_000);
      expect(bench.transport.mids()).to.deep.equal(['1']);
      slow.end({ kind: 'retry', reason: 'busy' });
      await bench.clock.tick(199);
      expect(bench.transport.mids()).to.deep.equal(['1']);
      await bench.clock.tick(1);
      expect(bench.transport.mids()).to.deep.equal(['1', '1']);
    });

    it('rests as long as the receiver asked for, when that is longer', async () => {
      const bench = new Bench(pushTransport({ retry: { base: 1000, cap: 60_000 } }));
      bench.transport.answer = () => ({ kind: 'retry', reason: '429', after: 30_000 });
      bench.enqueue(1);
      await bench.clock.tick(29_999);
      expect(bench.transport.mids()).to.have.length(1);
      await bench.clock.tick(1);
      expect(bench.transport.mids()).to.have.length(2);
    });

    it('rests as long as it would anyway, when the receiver asked for less', async () => {
      const bench = new Bench(pushTransport({ retry: { base: 1000, cap: 60_000 } }));
      bench.transport.answer = () => ({ kind: 'retry', reason: '503', after: 5 });
      bench.enqueue(1);
      await bench.clock.tick(999);
      expect(bench.transport.mids()).to.have.length(1);
      await bench.clock.tick(1);
      expect(bench.transport.mids()).to.have.length(2);
    });

    it('does not stall when the clock is set back', async () => {
      const bench = new Bench();
      bench.enqueue(1);
      await bench.clock.tick(500);
      bench.enqueue(2);
      bench.offset = -3_600_000;
      await bench.clock.tick(3000);
      expect(bench.transport.mids()).to.deep.equal(['1', '2', '1', '2']);
      await bench.clock.tick(3000);
      expect(bench.transport.mids()).to.deep.equal(['1', '2', '1', '2', '1', '2']);
    });

    for (const [how, answer] of [
      [
        'throws',
        () => {
          throw new Error('bug');
        },
      ],
      ['rejects', () => Promise.reject(new Error('bug'))],
    ] as const) {
      it(`tries again and logs when the transport ${how}, and goes on with the rest`, async () => {
        const bench = new Bench();
        bench.transport.answer = ({ mid }) => (mid === '1' ? answer() : { kind: 'accepted' });
        bench.enqueue(1, 2);
        await idle();
        expect(bench.transport.mids()).to.deep.equal(['1', '2']);
        expect(bench.faults).to.have.length(1);
        bench.settle(2);
        bench.transport.answer = () => ({ kind: 'accepted' });
        await bench.clock.tick(3000);
        expect(bench.transport.mids()).to.deep.equal(['1', '2', '1']);
        expect(bench.steps).to.include('1 wait');
      });
    }
  });

  describe('steps', () => {
    it('tells the statuses that the transport names', async () => {
      const bench = new Bench(pushTransport({ statuses: { attempting: 'webpush-wait', accepted: 'webpush-ok' } }));
      bench.enqueue(1);
      expect(bench.steps).to.deep.equal(['1 webpush-wait', '1 webpush-ok']);
    });

    it('tells of a failed attempt where the transport has a word for it, and of a confirmed one', async () => {
      const bench = new Bench(pushTransport({ name: 'webhook', statuses: { retrying: 'wait' } }));
      bench.transport.answer = () => ({ kind: 'retry', reason: '500' });
      bench.enqueue(1);
      bench.transport.answer = () => ({ kind: 'confirmed' });
      await bench.clock.tick(10_000);
      expect(bench.steps).to.deep.equal(['1 wait', '1 confirmed']);
    });

    it('gives a refused delivery up and goes on with the next', async () => {
      const bench = new Bench(pushTransport({ window: 1, statuses: {} }));
      bench.transport.answer = ({ mid }) =>
        mid === '1' ? { kind: 'refused', reason: 'too large' } : { kind: 'accepted' };
      bench.enqueue(1, 2);
      await bench.clock.tick(3_600_000);
      expect(bench.transport.mids()).to.deep.equal(['1', '2']);
      expect(bench.steps).to.deep.equal(['1 refused: too large']);
    });

    it('tells that the address is dead, and tries nothing more there', async () => {
      const bench = new Bench(pushTransport({ window: 1, statuses: {} }));
      bench.transport.answer = () => ({ kind: 'gone', reason: '410' });
      bench.enqueue(1, 2);
      await bench.clock.tick(3_600_000);
      expect(bench.transport.mids()).to.deep.equal(['1']);
      expect(bench.steps).to.deep.equal(['gone: 410']);
    });

    it('ignores what an attempt ends with after the acknowledgement came', async () => {
      const bench = new Bench();
      const slow = openEnd();
      bench.transport.answer = () => slow.outcome;
      bench.enqueue(1);
      bench.settle(1);
      slow.end({ kind: 'accepted' });
      await bench.clock.tick(60_000);
      expect(bench.steps).to.deep.equal([]);
      expect(bench.transport.mids()).to.deep.equal(['1']);
    });

    it('aborts the attempt of a delivery that was settled elsewhere, and no other', () => {
      const bench = new Bench(pushTransport({ window: 2 }));
      bench.transport.answer = () => openEnd().outcome;
      bench.enqueue(1, 2);
      bench.settle(1);
      expect(bench.transport.attempts.map(({ signal }) => signal.aborted)).to.deep.equal([true, false]);
    });
  });

  describe('offline and online', () => {
    it('tries once, sleeps, and sends everything unsettled on waking, oldest first', async () => {
      const bench = new Bench();
      bench.transport.answer = () => ({ kind: 'offline' });
      bench.enqueue(1, 2, 3);
      await bench.clock.tick(3_600_000);
      expect(bench.transport.mids()).to.deep.equal(['1']);
      expect(bench.steps).to.deep.equal(['slept']);
      bench.transport.answer = () => ({ kind: 'accepted' });
      bench.lane.wake(true);
      await idle();
      expect(bench.transport.mids()).to.deep.equal(['1', '1', '2', '3']);
    });

    it('sends what is in flight again when the receiver comes back, before what is newer', async () => {
      const bench = new Bench(new RecordingTransport({ window: 2 }));
      bench.enqueue(1, 2, 3, 4);
      bench.settle(1);
      bench.lane.sleep();
      bench.enqueue(5);
      bench.transport.clear();
      bench.lane.wake(true);
      await idle();
      bench.settle(2, 3);
      expect(bench.transport.mids()).to.deep.equal(['2', '3', '4', '5']);
    });

    it('reads nothing on waking without a backlog', async () => {
      const bench = new Bench();
      bench.lane.sleep();
      bench.lane.wake(false);
      bench.enqueue(1);
      await idle();
      expect(bench.loads).to.deep.equal([]);
      expect(bench.transport.mids()).to.deep.equal(['1']);
    });

    it('keeps nothing of an offline receiver in memory', async () => {
      const bench = new Bench();
      bench.lane.sleep();
      bench.enqueue(...range(1, 1000));
      expect(bench.loads).to.deep.equal([]);
      bench.lane.wake(true);
      await idle();
      expect(bench.loads).to.deep.equal([{ after: 0, limit: READ_AHEAD }]);
    });

    it('drops the outcome of an attempt that began before it slept', async () => {
      const bench = new Bench();
      const slow = openEnd();
      bench.transport.answer = () => slow.outcome;
      bench.enqueue(1);
      bench.lane.sleep();
      bench.transport.answer = () => ({ kind: 'accepted' });
      bench.lane.wake(true);
      await idle();
      slow.end({ kind: 'offline' });
      await idle();
      bench.enqueue(2);
      expect(bench.transport.mids()).to.deep.equal(['1', '1', '2']);
    });

    it('sends nothing and arms nothing after it was closed', async () => {
      const bench = new Bench(pushTransport({ window: 2 }));
      const slow = openEnd();
      bench.transport.answer = ({ mid }) => (mid === '1' ? slow.outcome : { kind: 'retry', reason: '500' });
      bench.enqueue(1, 2);
      bench.lane.close();
      slow.end({ kind: 'retry', reason: '500' });
      await bench.clock.tick(3_600_000);
      expect(bench.transport.mids()).to.deep.equal(['1', '2']);
      expect(bench.transport.attempts.every(({ signal }) => signal.aborted)).to.equal(true);
    });

    it('leaves no timer when it sleeps or is closed, and aborts what is on its way', () => {
      const bench = new Bench();
      bench.enqueue(1);
      expect(bench.timers.timers()).to.equal(1);
      bench.lane.sleep();
      expect(bench.timers.timers()).to.equal(0);
      bench.lane.wake(false);
      bench.enqueue(2);
      bench.lane.close();
      expect(bench.timers.timers()).to.equal(0);
      expect(bench.transport.attempts[1]?.signal.aborted).to.equal(true);
    });

    it('leaves no timer when it finds the receiver gone between two repeats', async () => {
      const bench = new Bench();
      bench.enqueue(1);
      await bench.clock.tick(1000);
      bench.enqueue(2);
      bench.transport.answer = () => ({ kind: 'offline' });
      await bench.clock.tick(2000);
      expect(bench.transport.mids()).to.deep.equal(['1', '2', '1']);
      expect(bench.timers.timers()).to.equal(0);
    });
  });

  describe('backlog', () => {
    /** Acknowledges all that comes, until nothing comes any more. */
    async function drain(bench: Bench): Promise<string[]> {
      const sent: string[] = [];
      for (let fresh = bench.transport.mids(); fresh.length > 0; fresh = bench.transport.mids()) {
        sent.push(...fresh);
        bench.transport.clear();
        bench.settle(...fresh);
        await idle();
      }
      return sent;
    }

    it('is read page by page, in order, without gaps or repeats', async () => {
      const bench = new Bench(new RecordingTransport(), range(1, 500));
      await idle();
      expect(await drain(bench)).to.deep.equal(range(1, 500));
      expect(bench.loads.every(({ limit }) => limit === READ_AHEAD)).to.equal(true);
    });

    it('holds no more than the read-ahead and the window in memory', async () => {
      const bench = new Bench(new RecordingTransport({ window: 4 }));
      bench.enqueue(...range(1, 1000));
      bench.log.clear();
      expect(await drain(bench)).to.deep.equal(range(1, READ_AHEAD + 4));
    });

    it('goes on in order with messages that come while it is read', async () => {
      const bench = new Bench(new RecordingTransport(), range(1, 100));
      const open = bench.holdReads();
      bench.enqueue(101, 102);
      await idle();
      bench.enqueue(103);
      open();
      await idle();
      expect(await drain(bench)).to.deep.equal(range(1, 103));
    });

    it('sends a message once that the log showed before it was enqueued', async () => {
      const bench = new Bench(new RecordingTransport(), range(1, 4));
      await idle();
      bench.lane.enqueue(message(4));
      expect(await drain(bench)).to.deep.equal(range(1, 4));
    });

    it('begins anew when the receiver wakes during a read, and drops what that read brings', async () => {
      const bench = new Bench();
      bench.lane.sleep();
      bench.enqueue(...range(1, 100));
      const open = bench.holdReads();
      bench.lane.wake(true);
      bench.lane.sleep();
      bench.gate = Promise.resolve();
      bench.lane.wake(true);
      open();
      await idle();
      expect(await drain(bench)).to.deep.equal(range(1, 100));
    });

    it('does not send what was settled between two wakings, whatever the first read still brings', async () => {
      const bench = new Bench();
      bench.enqueue(1, 2);
      bench.transport.clear();
      const open = bench.holdReads();
      bench.lane.wake(true);
      bench.settle(1);
      bench.lane.wake(true);
      open();
      await idle();
      expect(await drain(bench)).to.deep.equal(['2']);
    });

    it('does not send what was settled while it was read', async () => {
      const bench = new Bench(new RecordingTransport({ window: 2 }));
      bench.enqueue(1, 2, 3, 4);
      const open = bench.holdReads();
      bench.lane.wake(true);
      bench.settle(1, 3);
      open();
      await idle();
      expect(await drain(bench)).to.deep.equal(['1', '2', '2', '4']);
    });

    it('is read again after a rest when it could not be read', async () => {
      const bench = new Bench(new RecordingTransport({ retry: { base: 3000, cap: 60_000 } }));
      bench.lane.sleep();
      bench.enqueue(1, 2);
      bench.gate = Promise.reject(new Error('disk'));
      bench.gate.catch(() => undefined);
      bench.lane.wake(true);
      await idle();
      expect(bench.faults).to.have.length(1);
      bench.gate = Promise.resolve();
      await bench.clock.tick(59_999);
      expect(bench.transport.mids()).to.deep.equal([]);
      await bench.clock.tick(1);
      expect(bench.transport.mids()).to.deep.equal(['1', '2']);
    });

    it('leaves out what was accepted before, where nobody acknowledges', async () => {
      const bench = new Bench(pushTransport({ window: 1 }));
      bench.lane.sleep();
      for (const mid of range(1, 150)) bench.keep(mid, Number(mid) % 10 === 0 ? 'webpush-wait' : 'webpush-ok');
      bench.lane.wake(true);
      await idle();
      expect(bench.transport.mids()).to.deep.equal(range(1, 15).map((ten) => `${ten}0`));
    });

    it('includes what was handed to a push when it is read for acknowledging receivers', async () => {
      const bench = new Bench();
      bench.lane.sleep();
      bench.keep(1, 'webpush-ok-comfirm');
      bench.lane.wake(true);
      await idle();
      expect(bench.transport.mids()).to.deep.equal(['1']);
    });
  });

  describe('reread', () => {
    it('tries again, after a rest, what was released and is still open', async () => {
      const bench = new Bench();
      bench.enqueue(1, 2, 3);
      bench.settle(2);
      bench.lane.release('1');
      bench.lane.reread();
      bench.transport.clear();
      await bench.clock.tick(2999);
      expect(bench.transport.mids()).to.deep.equal([]);
      await bench.clock.tick(57_001);
      expect(bench.transport.mids()).to.include('1').and.not.include('2');
    });

    it('leaves attempts alone that are in flight', async () => {
      const bench = new Bench(pushTransport({ window: 2, retry: { base: 1000, cap: 5000 } }));
      bench.transport.answer = () => openEnd().outcome;
      bench.enqueue(1, 2);
      bench.lane.release('1');
      bench.lane.reread();
      await bench.clock.tick(5000);
      expect(bench.transport.mids()).to.deep.equal(['1', '2', '1']);
      expect(bench.transport.attempts.map(({ signal }) => signal.aborted)).to.deep.equal([true, false, false]);
      bench.settle(1);
      expect(bench.transport.mids()).to.deep.equal(['1', '2', '1']);
    });
  });

  describe('grace', () => {
    function held(): Bench {
      const bench = new Bench(pushTransport({ grace: 1500 }));
      bench.online = true;
      return bench;
    }

    it('holds a delivery back while the device is connected, until its time is over', async () => {
      const bench = held();
      const now = bench.clock.now();
      bench.enqueue(now);
      await bench.clock.tick(1000);
      bench.enqueue(now + 1000);
      await bench.clock.tick(499);
      expect(bench.transport.mids()).to.deep.equal([]);
      await bench.clock.tick(1);
      expect(bench.transport.mids()).to.deep.equal([String(now)]);
      await bench.clock.tick(1000);
      expect(bench.transport.mids()).to.deep.equal([String(now), String(now + 1000)]);
    });

    it('does not try what was settled in the meantime, wherever it stands', async () => {
      const bench = held();
      const now = bench.clock.now();
      bench.enqueue(now, now + 1, now + 2);
      bench.settle(now + 1, now);
      await bench.clock.tick(10_000);
      expect(bench.transport.mids()).to.deep.equal([String(now + 2)]);
    });

    it('holds the mids of a burst, which run a little ahead of the clock', async () => {
      const bench = held();
      bench.enqueue(bench.clock.now() + 200);
      await bench.clock.tick(1699);
      expect(bench.transport.mids()).to.have.length(0);
      await bench.clock.tick(1);
      expect(bench.transport.mids()).to.have.length(1);
    });

    it('holds nothing for hours when the clock was set back', () => {
      const bench = held();
      bench.enqueue(bench.clock.now() + 3_600_000);
      expect(bench.transport.mids()).to.have.length(1);
    });

    it('tries at once when the device is not connected, or leaves', () => {
      const bench = held();
      bench.enqueue(bench.clock.now());
      bench.online = false;
      bench.lane.pump();
      expect(bench.transport.mids()).to.have.length(1);
      bench.enqueue(bench.clock.now() + 1);
      expect(bench.transport.mids()).to.have.length(2);
    });
  });
});
