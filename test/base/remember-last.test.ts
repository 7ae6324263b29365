import { expect } from 'chai';
import { rememberLast } from '../../server/base/remember-last.ts';

describe('rememberLast', () => {
  it('makes the result again only for another value', () => {
    const made: unknown[] = [];
    const remembered = rememberLast((value: unknown) => {
      made.push(value);
      return { value };
    });
    const [one, same, nothing] = [{}, {}, undefined];
    expect(remembered(one)).to.equal(remembered(one));
    expect(remembered(same)).to.deep.equal({ value: same });
    expect(remembered(nothing)).to.equal(remembered(nothing));
    remembered(one);
    expect(made).to.have.ordered.members([one, same, nothing, one]);
  });
});
