import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { eventually } from '../support/eventually.ts';

const checkout = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** What a suite prints, the code with which it ends, and what else it does. */
type Suite = readonly [output: string, code: number, more?: string];

/** Runs the script in a checkout whose `npm test` does this, and whose other suites do that, if they are there. */
function run(
  root: string,
  test: Suite,
  others: Readonly<Record<string, Suite>> = {},
  env: NodeJS.ProcessEnv = {},
): { status: number | null; lines: string[] } {
  const script = (name: string, [output, code, more = '']: Suite) => {
    writeFileSync(
      join(root, `${name}.mjs`),
      `process.stdout.write(${JSON.stringify(output)}); process.exitCode = ${code};${more}`,
    );
    return `node ${name}.mjs`;
  };
  const scripts: Record<string, string> = { test: script('test', test) };
  for (const [name, suite] of Object.entries(others)) {
    scripts[`test:${name}`] = script(name, suite);
    mkdirSync(join(root, 'test', name, 'inner'), { recursive: true });
    writeFileSync(join(root, 'test', name, 'inner', 'some.test.ts'), '');
  }
  writeFileSync(join(root, 'package.json'), JSON.stringify({ scripts }));
  const { status, stdout } = spawnSync(join(root, '.ci', 'run'), [], {
    cwd: tmpdir(),
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
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
    ['does not take a failure for a success', '  3 passing (1s)\n  1 failing\n', 0, '3 passed, 1 failed', 1],
    ['reports a suite that did not start', 'a lint error\n', 1, '0 passed, 1 failed', 1],
    ['reports a suite that broke after it had passed', '  5 passing (1s)\n', 7, '5 passed, 1 failed', 7],
    ['takes silence for a failure', '', 0, '0 passed, 1 failed', 1],
  ];
  for (const [what, output, code, last, status] of cases) {
    it(what, () => {
      const result = run(root, [output, code]);
      expect(result.lines.slice(-3)).to.deep.equal([`tests: ${last}`, last, '']);
      expect(result.status).to.equal(status);
    });
  }

  const good: Suite = ['\n  12 passing (3s)\n\n', 0];
  const bad: Suite = ['\n  3 passing (1s)\n  2 failing\n\n', 2];
  const counts = (lines: readonly string[]) => lines.filter((line) => /^(?:\w+: )?\d+ passed, \d+ failed$/.test(line));

  it('runs each suite whose tests are there, counts each, and ends with the sum', () => {
    const { status, lines } = run(root, good, { packages: ['\n  5 passing (3s)\n\n', 0], interop: good });
    expect(counts(lines)).to.deep.equal([
      'tests: 12 passed, 0 failed',
      'interop: 12 passed, 0 failed',
      'packages: 5 passed, 0 failed',
      '29 passed, 0 failed',
    ]);
    expect(lines.slice(-2)).to.deep.equal(['29 passed, 0 failed', '']);
    expect(
      lines.filter((line) => line.includes('passing')),
      'each output once',
    ).to.have.length(3);
    expect(status).to.equal(0);
  });

  it('leaves out a suite whose folder has no tests', () => {
    mkdirSync(join(root, 'test', 'packages'), { recursive: true });
    expect(counts(run(root, good, { interop: good }).lines)).to.have.length(3);
  });

  it('runs the next suite after one has failed, and ends with the code of the first', () => {
    const { status, lines } = run(root, bad, { interop: good, packages: ['', 7] });
    expect(counts(lines)).to.deep.equal([
      'tests: 3 passed, 2 failed',
      'interop: 12 passed, 0 failed',
      'packages: 0 passed, 1 failed',
      '15 passed, 3 failed',
    ]);
    expect(status).to.equal(2);
  });

  it('ends a suite that takes too long, counts it as one that failed, and runs the next', () => {
    mkdirSync(join(root, 'test', 'interop'), { recursive: true });
    writeFileSync(join(root, 'test', 'interop', 'some.test.ts'), '');
    const { status, lines } = run(root, ['', 0, 'setInterval(() => {}, 1000)'], {}, { SUITE_LIMIT: '1s' });
    expect(counts(lines)).to.deep.equal([
      'tests: 0 passed, 1 failed',
      'interop: 0 passed, 1 failed',
      '0 passed, 2 failed',
    ]);
    expect(status).to.equal(124);
  });

  it('goes on after a suite that leaves a program behind, and ends that', async () => {
    const pid = join(root, 'pid');
    const leave = `process.getBuiltinModule('node:child_process').spawn('sh', ['-c', 'echo $$ > ${pid}; exec sleep 600'], { stdio: 'inherit' }).unref();
      while (!process.getBuiltinModule('node:fs').existsSync(${JSON.stringify(pid)}));`;
    const { status, lines } = run(root, [good[0], 0, leave]);
    expect([status, counts(lines).at(-1)]).to.deep.equal([0, '12 passed, 0 failed']);
    const exists = () => process.kill(Number(readFileSync(pid, 'utf8')), 0);
    await eventually('it has ended', () => void expect(exists).to.throw('ESRCH'), { until: () => true });
  });

  it('fails when a suite has no script', () => {
    mkdirSync(join(root, 'test', 'interop'), { recursive: true });
    writeFileSync(join(root, 'test', 'interop', 'some.test.ts'), '');
    const { status, lines } = run(root, good);
    expect(counts(lines).at(-1)).to.equal('12 passed, 1 failed');
    expect(status).not.to.equal(0);
  });
});
