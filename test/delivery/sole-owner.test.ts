import { expect } from 'chai';
import { createLocalMail, soleOwner } from '../../server/delivery/sole-owner.ts';
import { message } from './fixtures.ts';

describe('createLocalMail', () => {
  it('brings a message to every listener before post returns', () => {
    const mail = createLocalMail();
    const got: string[] = [];
    for (const name of ['one', 'two']) mail.onMail(({ mid }, devices) => got.push(`${name} ${mid} ${devices}`));
    mail.post(message(1), ['a', 'b']);
    expect(got).to.deep.equal(['one 1 a,b', 'two 1 a,b']);
    expect(mail.reread).to.equal(undefined);
  });
});

describe('soleOwner', () => {
  it('has every device and may always begin', () => {
    expect([soleOwner.owns('any'), soleOwner.mayBegin(), soleOwner.isShared]).to.deep.equal([true, true, false]);
  });
});
