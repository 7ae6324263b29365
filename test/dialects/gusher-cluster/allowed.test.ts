import { expect } from 'chai';
import { matching } from '../../../server/dialects/gusher-cluster/allowed.ts';

describe('matching', () => {
  const cases: [list: string[], allowed: string[], others: string[]][] = [
    [[], [], ['', 'A']],
    [['A'], ['A'], ['AA', 'a', '']],
    [['*'], ['A', '', '*'], []],
    [['B*'], ['Bx', 'Bxx', 'B*'], ['B', 'xB', 'b']],
    [['*B'], ['xB', 'BB'], ['B', 'Bx']],
    [['a*b'], ['axb', 'abb', 'aab'], ['ab', 'axbx', 'a']],
    [['a*b*c'], ['axbxc', 'abbcc'], ['abc', 'axbc', 'abxc']],
    [['**'], ['xx', 'xxx'], ['x']],
    [
      ['a.c', '[x]', '(*)'],
      ['a.c', '[x]', '(x)'],
      ['abc', 'x', '()'],
    ],
    [
      ['A', 'B*'],
      ['A', 'Bx'],
      ['B', 'C'],
    ],
  ];
  for (const [list, allowed, others] of cases) {
    it(`takes ${JSON.stringify(list)} as it is meant`, () => {
      const isAllowed = matching(list);
      expect([...allowed, ...others].filter(isAllowed)).to.deep.equal(allowed);
    });
  }

  it('answers at once, whatever the pattern', () => {
    const isAllowed = matching(['a*'.repeat(5000), `${'*a'.repeat(5000)}b`]);
    const started = process.cpuUsage();
    expect(isAllowed('a'.repeat(20_000))).to.equal(true);
    expect(isAllowed(`${'a'.repeat(20_000)}c`)).to.equal(true);
    const { user, system } = process.cpuUsage(started);
    expect((user + system) / 1000, 'ms of work').to.be.below(2000);
  });
});
