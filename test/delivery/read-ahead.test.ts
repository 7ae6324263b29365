import { expect } from 'chai';
import { ReadAhead } from '../../server/delivery/read-ahead.ts';
import { message } from './fixtures.ts';

describe('ReadAhead', () => {
  it('counts a message once, however many lanes hold it', () => {
    const readAhead = new ReadAhead(1000);
    const one = readAhead.share(message(1), 400);
    expect(readAhead.room).to.equal(1000);
    readAhead.hold(one);
    readAhead.hold(readAhead.share(message(1), 400));
    expect(readAhead.room).to.equal(600);
    readAhead.release(one);
    expect(readAhead.find('1')).to.equal(one.message);
    readAhead.release(one);
    expect(readAhead.room).to.equal(1000);
    expect(readAhead.find('1')).to.equal(undefined);
  });

  it('has room for what is held anyway', () => {
    const readAhead = new ReadAhead(1000);
    const one = readAhead.share(message(1), 900);
    readAhead.hold(one);
    expect(readAhead.fits(one)).to.equal(true);
    expect(readAhead.fits(readAhead.share(message(2), 100))).to.equal(true);
    expect(readAhead.fits(readAhead.share(message(3), 101))).to.equal(false);
  });

  it('keeps room for a page until it is given back', () => {
    const readAhead = new ReadAhead(1000);
    const giveBack = readAhead.reserve(700);
    expect(readAhead.room).to.equal(300);
    giveBack();
    expect(readAhead.room).to.equal(1000);
  });
});
