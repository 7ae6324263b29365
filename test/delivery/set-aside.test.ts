import { expect } from 'chai';
import { SetAsides } from '../../server/delivery/set-aside.ts';

describe('SetAsides', () => {
  it('gives what is due, the longest first, and each once', () => {
    const aside = new SetAsides();
    aside.put('1', 3, 300);
    aside.put('2', 3, 100);
    aside.put('3', 3, 200);
    expect(aside.due).to.equal(100);
    expect(aside.next(99)).to.equal(undefined);
    expect(aside.next(250)).to.equal('2');
    expect(aside.next(250)).to.equal('3');
    expect(aside.next(250)).to.equal(undefined);
    expect(aside.due).to.equal(300);
    expect(aside.has('2')).to.equal(true);
  });

  it('gives one again after it was put back', () => {
    const aside = new SetAsides();
    aside.put('1', 3, 100);
    expect(aside.next(100)).to.equal('1');
    expect(aside.take('1')).to.equal(3);
    aside.put('1', 4, 200);
    expect(aside.next(100)).to.equal(undefined);
    expect(aside.next(200)).to.equal('1');
  });

  it('forgets what was taken out', () => {
    const aside = new SetAsides();
    aside.put('1', 3, 100);
    expect(aside.take('1')).to.equal(3);
    expect(aside.take('1')).to.equal(undefined);
    expect(aside.next(1000)).to.equal(undefined);
    expect(aside.due).to.equal(Number.POSITIVE_INFINITY);
  });
});
