import { expect } from 'chai';
import { Outage } from '../../server/delivery/outage.ts';

/** How many steps a walk has. */
function lengthOf(outage: Outage): number {
  let steps = 0;
  for (; !outage.isOver; steps += 1) outage.step(String(steps));
  return steps;
}

describe('Outage', () => {
  it('goes twice as far in each walk, up to a bound', () => {
    const outage = new Outage();
    const lengths = [lengthOf(outage)];
    for (let walks = 0; walks < 8; walks += 1) {
      outage.walk();
      lengths.push(lengthOf(outage));
    }
    expect(lengths).to.deep.equal([1, 3, 5, 9, 17, 33, 65, 65, 65]);
  });

  it('rests as long as the one with the longest rest', () => {
    const outage = new Outage();
    outage.fail('1', 3, 6000);
    outage.fail('2', 1, 1000);
    outage.rest(100);
    expect(outage.due).to.equal(6100);
    outage.walk();
    outage.fail('1', 4, 5000);
    outage.fail('2', 2, 9000);
    outage.rest(100);
    expect(outage.due).to.equal(9100);
  });

  it('remembers how often each was tried', () => {
    const outage = new Outage();
    outage.fail('1', 3, 1);
    outage.walk();
    expect([outage.step('1'), outage.step('2')]).to.deep.equal([3, 0]);
  });

  it('tells what is refused: of the first walk after its rest, of a later one at once', () => {
    const outage = new Outage();
    outage.fail('1', 3, 6000);
    expect(outage.refused(100)).to.deep.equal([['1', 3, 6100]]);
    outage.walk();
    expect(outage.refused(100)).to.deep.equal([]);
    outage.fail('1', 4, 6000);
    outage.fail('2', 1, 6000);
    outage.forget('1');
    expect(outage.refused(100)).to.deep.equal([['2', 1, 100]]);
  });
});
