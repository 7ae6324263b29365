import { install } from '@sinonjs/fake-timers';
import { expect } from 'chai';
import { within } from '../../../bench/support/within.ts';

describe('within', () => {
  it('has the result of what comes in time', async () => {
    expect(await within(1000, () => 'the answer', Promise.resolve(3))).to.equal(3);
  });

  it('names what is late', async () => {
    const clock = install({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const waiting = within(2000, () => '3 of 9 bytes', new Promise(() => {})).catch(String);
      clock.tick(2000);
      expect(await waiting).to.equal('Error: 3 of 9 bytes: not within 2 s');
    } finally {
      clock.uninstall();
    }
  });
});
