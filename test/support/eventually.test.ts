import { expect } from 'chai';
import { eventually, soon } from './eventually.ts';
import { rejection } from './rejection.ts';

describe('eventually', () => {
  it('returns what was found once it is truthy', async () => {
    let looks = 0;
    expect(await eventually('the third look', () => (++looks === 3 ? 'found' : undefined))).to.equal('found');
    expect(looks).to.equal(3);
  });

  it('lets timers and input go on meanwhile', async () => {
    let rang = false;
    setTimeout(() => {
      rang = true;
    }, 1);
    await eventually('the timer', () => rang);
  });

  it('takes an error for "not yet", as that of an assertion', async () => {
    let looks = 0;
    await eventually('two looks', async () => {
      expect(++looks).to.be.at.least(2);
      return true;
    });
  });

  it('goes by the condition where there is one', async () => {
    let count = 0;
    expect(await eventually('zero', () => 2 - count++, { until: (found) => found === 0 })).to.equal(0);
  });

  it('fails with the description and what it saw last', async () => {
    const error = await rejection(
      eventually('the device is gone', () => ({ online: 1 }), { until: () => false, limit: 5 }),
    );
    expect(error).to.have.property('message', 'not within 5 ms: the device is gone; last seen: { online: 1 }');
  });

  it('fails with the error that it saw last', async () => {
    const failing = () => {
      throw new Error('connection refused');
    };
    const error = await rejection(eventually('the port', failing, { limit: 5 }));
    expect(error).to.have.property('message', 'not within 5 ms: the port; last seen: connection refused');
  });
});

describe('soon', () => {
  it('gives what the promise gives', async () => {
    expect(await soon('a value', Promise.resolve(1))).to.equal(1);
    expect(await rejection(soon('a failure', Promise.reject(new Error('no'))))).to.have.property('message', 'no');
  });

  it('fails with the description and what there is instead', async () => {
    const error = await rejection(soon('a frame', new Promise(() => {}), { last: () => ['hello'], limit: 5 }));
    expect(error).to.have.property('message', "not within 5 ms: a frame; last seen: [ 'hello' ]");
  });
});
