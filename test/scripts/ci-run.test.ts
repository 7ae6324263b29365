import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const checkout = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Runs the script in a checkout whose `npm test` prints this and ends so. */
function run(root: string, output: string, code: number): { status: number | null; lines: string[] } {
  writeFileSync(join(root, 'package.json'), JSON.stringify({ scripts: { test: 'node test.mjs' } }));
  writeFileSync(join(root, 'test.mjs'), `process.stdout.write(${JSON.stringify(output)}); process.exitCode = ${code};`);
  const { status, stdout } = spawnSync(join(root, '.ci', 'run'), [], { cwd: tmpdir(), encoding: 'utf8' });
  return { status, lines: stdout.split('\n') };
}

describe('.ci/run', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'herald-ci-'));
    mkdirSync(join(root, '.ci'));
    cpSync(join(checkout, '.ci', 'run'), join(root, '.ci', 'run'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const cases: [what: string, output: string, code: number, last: string, status: number][] = [
    ['counts what passed', '  ✔ works\n\n  12 passing (3s)\n\n', 0, '12 passed, 0 failed', 0],
    ['counts what failed', '\n  3 passing (10ms)\n  2 failing\n\n  1) breaks:\n', 2, '3 passed, 2 failed', 2],
    ['finds the numbers among colours', '\x1b[92m \x1b[0m\x1b[32m 4 passing\x1b[0m (1m)\n', 0, '4 passed, 0 failed', 0],
    ['takes the last summary', '  9 passing (1s)\n  5 failing\n\n  1 passing (1s)\n', 0, '1 passed, 0 failed', 0],
    ['reports a suite that did not start', 'a lint error\n', 1, '0 passed, 1 failed', 1],
    ['reports a suite that broke after it had passed', '  5 passing (1s)\n', 7, '5 passed, 1 failed', 7],
    ['takes silence for a failure', '', 0, '0 passed, 1 failed', 1],
  ];
  for (const [what, output, code, last, status] of cases) {
    it(what, () => {
      const result = run(root, output, code);
      expect(result.lines.slice(-2)).to.deep.equal([last, '']);
      expect(result.status).to.equal(status);
    });
  }
});
