import { expect } from 'chai';
import { parseOnce } from '../../server/transports/parse-once.ts';

describe('parseOnce', () => {
  it('parses each address once, also one that comes to nothing', () => {
    const seen: unknown[] = [];
    const read = parseOnce((address) => {
      seen.push(address);
      return undefined;
    });
    const [one, other] = [{ token: 'a' }, { token: 'a' }];
    for (const address of [one, other, one, other]) expect(read(address)).to.equal(undefined);
    expect(seen).to.deep.equal([one, other]);
  });

  it('parses what is no object as well', () => {
    const read = parseOnce((address) => `${address}`);
    expect([read('x'), read(null), read(undefined)]).to.deep.equal(['x', 'null', 'undefined']);
  });

  it('remembers nothing of an address that throws', () => {
    let fails = true;
    const read = parseOnce(() => {
      if (fails) throw new Error('no');
      return 1;
    });
    const address = {};
    expect(() => read(address)).to.throw('no');
    fails = false;
    expect(read(address)).to.equal(1);
  });
});
