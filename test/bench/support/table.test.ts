import { expect } from 'chai';
import { table } from '../../../bench/support/table.ts';
import { cpu, idle, memory, send, share } from './figures.ts';

describe('table', () => {
  const lines = table([
    [send, [share, cpu]],
    [idle, [memory]],
  ]).split('\n');

  it('puts the ratio first and the plain numbers last', () => {
    expect(lines.find((line) => line.includes('of storage off'))).to.match(
      /^ {2}64 at once, of storage off +52 % +49\.\.55 +≥ 50 % +ok +durable 6,200\/s$/,
    );
  });

  it('says what was missed, and nothing of what has no goal', () => {
    expect(lines.filter((line) => line.includes('MISSED'))).to.have.length(1);
    expect(lines.find((line) => line.includes('at rest'))).to.match(/81 MB$/);
  });

  it('aligns the results of all benchmarks', () => {
    const ends = [/52 %/, /1\.25 ×/, /81 MB/].map((shown) => {
      const found = lines.map((line) => shown.exec(line)).find((match) => match !== null);
      return found === undefined || found === null ? Number.NaN : found.index + found[0].length;
    });
    expect(new Set(ends).size).to.equal(1);
  });
});
