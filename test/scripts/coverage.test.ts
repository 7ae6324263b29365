import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const script = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), '.scripts', 'coverage.mjs');

interface Row {
  readonly folder: string;
  readonly percent: number;
  readonly floor: number;
  readonly isMet: boolean;
}

describe('coverageOf', () => {
  let coverageOf: (summary: object, root: string, floors: Record<string, number>) => Row[];
  before(async () => {
    ({ coverageOf } = (await import(script)) as { coverageOf: typeof coverageOf });
  });
  const lines = (covered: number, total: number) => ({ lines: { covered, total } });

  it('adds up the files of each room, of the page and of shared', () => {
    const summary = {
      total: lines(0, 1000),
      '/r/server/base/clock.ts': lines(9, 10),
      '/r/server/base/deep/x.ts': lines(0, 10),
      '/r/server/bus.ts': lines(1, 1),
      '/r/pwa/src/main.tsx': lines(2, 3),
      '/r/shared/object.ts': lines(0, 0),
    };
    expect(coverageOf(summary, '/r', { '*': 0 }).map(({ folder, percent }) => [folder, percent])).to.deep.equal([
      ['pwa/src', 66.6],
      ['server', 100],
      ['server/base', 45],
      ['shared', 100],
    ]);
  });

  it('holds each folder to its own floor, and others to the common one', () => {
    const summary = { '/r/server/base/a.ts': lines(89, 100), '/r/server/http/a.ts': lines(89, 100) };
    const rows = coverageOf(summary, '/r', { '*': 89, 'server/base': 90 });
    expect(rows.map(({ folder, floor, isMet }) => [folder, floor, isMet])).to.deep.equal([
      ['server/base', 90, false],
      ['server/http', 89, true],
    ]);
  });
});

describe('countOf', () => {
  let countOf: (output: string) => { passing: number; failing: number };
  before(async () => {
    ({ countOf } = (await import(script)) as { countOf: typeof countOf });
  });

  it('reads the last summary, with and without failures', () => {
    expect(countOf('  7 passing (1s)\n\n\n  12 passing (3m)\n\n')).to.deep.equal({ passing: 12, failing: 0 });
    expect(countOf('  12 passing (3m)\n  2 failing\n\n  1) x\n')).to.deep.equal({ passing: 12, failing: 2 });
  });

  it('takes a process without a summary for a failed one', () => {
    expect(countOf('Error: out of memory')).to.deep.equal({ passing: 0, failing: 1 });
  });
});
