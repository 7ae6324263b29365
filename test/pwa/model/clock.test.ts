import { expect } from 'chai';
import { sleep, TimeLimitError, within } from '../../../pwa/src/model/clock.ts';
import { fakeClock } from '../../support/clock.ts';

describe('within', () => {
  it('resolves to the result of the work, and leaves no timer behind', async () => {
    const clock = fakeClock();
    expect(await within(clock, 1000, Promise.resolve('done'))).to.equal('done');
    const failure = await within(clock, 1000, Promise.reject(new Error('broken'))).catch(
      (error: Error) => error.message,
    );
    expect(failure).to.equal('broken');
    expect(clock.timers()).to.equal(0);
  });

  it('rejects only when the time is over', async () => {
    const clock = fakeClock();
    let outcome: unknown = 'nothing yet';
    void within(clock, 1000, new Promise(() => {})).catch((error: unknown) => {
      outcome = error;
    });
    await clock.tick(999);
    expect(outcome).to.equal('nothing yet');
    await clock.tick(1);
    expect(outcome).to.be.instanceOf(TimeLimitError).and.have.property('message', 'no answer within 1 s');
  });
});

describe('sleep', () => {
  it('resolves after the given time', async () => {
    const clock = fakeClock();
    let isOver = false;
    void sleep(clock, 50).then(() => {
      isOver = true;
    });
    await clock.tick(49);
    expect(isOver).to.equal(false);
    await clock.tick(1);
    expect(isOver).to.equal(true);
  });
});
