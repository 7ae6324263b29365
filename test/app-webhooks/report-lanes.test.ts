import { expect } from 'chai';
import { type InLanes, ReportLanes } from '../../server/app-webhooks/report-lanes.ts';

describe('ReportLanes', () => {
  function setUp() {
    const lanes = new ReportLanes<InLanes>();
    const join = (...keys: string[]): InLanes => {
      const entry = { lanes: keys, blockers: 0 };
      lanes.join(entry);
      return entry;
    };
    const leave = (entry: InLanes): InLanes[] => {
      const freed: InLanes[] = [];
      lanes.leave(entry, (next) => void freed.push(next));
      return freed;
    };
    return { lanes, join, leave };
  }

  it('frees a report when it is first in all of its lanes', () => {
    const { join, leave } = setUp();
    const [a, b, both, other] = [join('a'), join('b'), join('a', 'b'), join('c')];
    expect([a, b, both, other].map(({ blockers }) => blockers)).to.deep.equal([0, 0, 2, 0]);
    expect(leave(a)).to.deep.equal([]);
    expect(leave(b)).to.deep.equal([both]);
    expect(leave(both)).to.deep.equal([]);
    expect(join('a', 'b').blockers).to.equal(0);
  });

  it('frees nothing when a report leaves that was not first', () => {
    const { join, leave } = setUp();
    const [first, second, third] = [join('a'), join('a'), join('a')];
    expect(leave(second)).to.deep.equal([]);
    expect(leave(first)).to.deep.equal([third]);
  });

  it('puts the parts of a report in its place', () => {
    const { lanes, join, leave } = setUp();
    const [whole, after] = [join('a', 'b'), join('a')];
    const parts = whole.lanes.map((lane): InLanes => ({ lanes: [lane], blockers: 0 }));
    for (const part of parts) lanes.joinBehind(whole, part);
    expect(leave(whole)).to.deep.equal(parts);
    expect(after.blockers).to.equal(1);
    expect(leave(parts[0] as InLanes)).to.deep.equal([after]);
  });
});
