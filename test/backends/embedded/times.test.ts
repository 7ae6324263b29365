// The machine's clock in the embedded log: what the log keeps of it, and how times change when it was set.
import { expect } from 'chai';
import type { ClockMark } from '../../../server/delivery/ports.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { MODULE, open } from '../embedded-harness.ts';
import { message, useBackend } from '../harness.ts';

const DAY = 86_400_000;
const NOW = 1_700_000_000_000;

describe('log.keepClock', () => {
  const relay = useBackend({ place: tempDir, open, module: MODULE });
  const mark = (since: string): ClockMark => ({ wall: NOW, running: 1234, boot: 'this one', since });

  /** How far the times of a message are from now, in days. */
  async function timesOf(mid: number): Promise<[createdAt: number, expiresAt: number]> {
    const found = await relay.log.find(String(mid));
    if (found === undefined) throw new Error(`${mid} is not kept`);
    const { createdAt, expiresAt } = found.message;
    return [(createdAt - NOW) / DAY, (expiresAt - NOW) / DAY];
  }

  const append = (mid: number, createdAt: number, devices = ['phone']) =>
    relay.log.append({ ...message(mid), createdAt, expiresAt: createdAt + 7 * DAY }, devices);

  it('keeps the latest mark over restarts', async () => {
    expect(relay.backend.times.clockMark()).to.equal(undefined);
    await relay.backend.times.keepClock(mark('1'));
    await relay.backend.times.keepClock(mark('2'));
    expect(relay.backend.times.clockMark()).to.deep.equal(mark('2'));
    await relay.reopen();
    expect(relay.backend.times.clockMark()).to.deep.equal(mark('2'));
  });

  it('moves what came since, but for what came after the clock was set', async () => {
    await append(1, NOW - 20 * DAY);
    await append(2, NOW - 10 * DAY);
    await append(3, NOW - 10 * DAY + 1000);
    await append(4, NOW);
    const change = { kind: 'move', by: 10 * DAY, after: '1', checked: '2', now: NOW } as const;
    await relay.backend.times.keepClock(mark('4'), change);
    await relay.reopen();
    expect((await timesOf(2))[0]).to.equal(0);
    expect((await timesOf(3))[0]).to.equal(1000 / DAY);
    expect(await timesOf(4)).to.deep.equal([0, 7]);
    // What waits from before lives as much longer, and is as old as it was.
    expect(await timesOf(1)).to.deep.equal([-20, -3]);
    expect(await relay.log.overdue(NOW + 6 * DAY, 9)).to.deep.equal([{ mid: '1', device: 'phone', status: 'ready' }]);
    expect(await relay.log.overdue(NOW + 7 * DAY + 2000, 9)).to.have.length(4);
  });

  it('moves back as well, and takes no time from what waits from before', async () => {
    await append(1, NOW - DAY);
    await append(2, NOW + 10 * DAY);
    await relay.backend.times.keepClock(mark('2'), { kind: 'move', by: -10 * DAY, after: '1', checked: '2', now: NOW });
    expect(await timesOf(1)).to.deep.equal([-1, 6]);
    expect(await timesOf(2)).to.deep.equal([0, 7]);
    expect(await relay.log.overdue(NOW + 6 * DAY + 1, 9)).to.have.length(1);
    expect(await relay.log.overdue(NOW + 7 * DAY + 1, 9)).to.have.length(2);
    expect(await relay.log.expire(NOW - DAY + 1)).to.equal(1);
    expect(await relay.log.expire(NOW + 1)).to.equal(1);
  });

  it('gives more time to what waits, and to nothing else', async () => {
    await append(1, NOW - 10 * DAY);
    await append(2, NOW - 10 * DAY);
    await relay.log.record('2', 'phone', 'ok');
    await relay.backend.times.keepClock(mark('0'), { kind: 'extend', by: 9 * DAY });
    expect(await timesOf(1)).to.deep.equal([-10, 6]);
    expect(await timesOf(2)).to.deep.equal([-10, -3]);
    expect(await relay.log.overdue(NOW, 9)).to.deep.equal([]);
    expect(await relay.log.overdue(NOW + 6 * DAY + 1, 9)).to.have.length(1);
  });
});
