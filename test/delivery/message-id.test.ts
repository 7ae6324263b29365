import { expect } from 'chai';
import { createMessageIds } from '../../server/delivery/message-id.ts';

const { idOf, midOf } = createMessageIds('secret');
const MIDS = ['0', '1', '61', '62', '1795298858174', '1795298858175', '218340105584895'];

describe('createMessageIds', () => {
  it('makes 12 letters and digits that lead back to the mid', () => {
    for (const mid of MIDS) {
      expect(idOf(mid)).to.match(/^[0-9A-Za-z]{12}$/);
      expect(midOf(idOf(mid))).to.equal(mid);
    }
  });

  it('makes ids that sort as their mids do', () => {
    const ids = MIDS.map(idOf);
    expect([...ids].sort()).to.deep.equal(ids);
  });

  it('knows the ids of others, and what is no id', () => {
    const own = idOf('1795298858174');
    const changed = `${own.slice(0, -1)}${own.endsWith('x') ? 'y' : 'x'}`;
    const foreign = createMessageIds('another').idOf('1795298858174');
    for (const id of [changed, foreign, '', own.slice(1), `${own}0`, '1795298858174', '____________']) {
      expect(midOf(id), id).to.equal(undefined);
    }
  });
});
