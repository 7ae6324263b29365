import { expect } from 'chai';
import { Liveness } from '../../../../server/dialects/pusher/session/liveness.ts';
import { fakeClock } from '../../../support/clock.ts';

describe('Liveness', () => {
  /** A peer that is asked after 10 s and 5 s of grace, and has 3 s to answer. */
  function watched() {
    const clock = fakeClock();
    const seen: string[] = [];
    const liveness = new Liveness({ activity: 10_000, pong: 3_000 }, clock);
    const client = { ask: () => seen.push('ask'), giveUp: () => seen.push('give up') };
    liveness.sign(client, clock.monotonic());
    const sign = () => liveness.sign(client, clock.monotonic());
    return { clock, sign, stop: () => liveness.stop(client), seen };
  }

  it('asks so long after the last sign, and gives up where no answer comes', async () => {
    const { clock, sign, seen } = watched();
    await clock.tick(8_000);
    sign();
    await clock.tick(14_999);
    expect(seen).to.deep.equal([]);
    await clock.tick(1);
    expect(seen).to.deep.equal(['ask']);
    await clock.tick(2_999);
    expect(seen).to.deep.equal(['ask']);
    await clock.tick(1);
    expect(seen).to.deep.equal(['ask', 'give up']);
    await clock.tick(60_000);
    expect(seen).to.deep.equal(['ask', 'give up']);
  });

  it('starts again with an answer', async () => {
    const { clock, sign, seen } = watched();
    await clock.tick(17_000);
    sign();
    await clock.tick(14_999);
    expect(seen).to.deep.equal(['ask']);
    await clock.tick(1);
    expect(seen).to.deep.equal(['ask', 'ask']);
  });

  it('does not keep the dead alive when the clock is set back', async () => {
    const { clock, seen } = watched();
    clock.step(-3_600_000);
    await clock.tick(15_000);
    expect(seen).to.deep.equal(['ask']);
    await clock.tick(3_000);
    expect(seen).to.deep.equal(['ask', 'give up']);
  });

  it('does not ask early when the clock is set forward', async () => {
    const { clock, stop, seen } = watched();
    clock.step(86_400_000);
    await clock.tick(14_999);
    expect(seen).to.deep.equal([]);
    stop();
  });

  it('does not ask once it is stopped', async () => {
    const { clock, stop, seen } = watched();
    stop();
    await clock.tick(60_000);
    expect(seen).to.deep.equal([]);
  });
});
