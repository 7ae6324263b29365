// `npm test`: prepares the checkout, checks style, types and unused code, then runs the tests.
// Arguments go to mocha; a file or folder of test/ among them (`npm test -- test/config`) runs only those tests, without the checks.
// `--install` lets it install missing system packages by sudo; root needs no such leave.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensurePackages, systemPath } from './packages.mjs';
import { prepare } from './prepare.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
process.chdir(root);

/** Runs a program of node_modules in the open; ends this process when it fails. */
function check(script, ...args) {
  const { status } = spawnSync(process.execPath, [join('node_modules', script), ...args], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

try {
  await prepare();
  ensurePackages(undefined, { install: process.argv.includes('--install') });
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}

const given = process.argv.slice(2);
const coverage = given.includes('--coverage');
const args = given.filter((arg) => arg !== '--coverage' && arg !== '--install');
const chosen = args.filter((arg) => /^(?:\.\/)?test\//.test(arg) && existsSync(arg));
const options = args.filter((arg) => !chosen.includes(arg));
const specs = chosen.map((path) => (statSync(path).isDirectory() ? `${path.replace(/\/$/, '')}/**/*.test.ts` : path));

if (chosen.length === 0) {
  check('@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.');
  check('typescript/bin/tsc', '-b');
  // Files, exports and packages that nothing uses.
  check('knip/bin/knip.js', '--no-progress');
}

// mocha adds the specs of package.json to those of the command line, so they are all named here.
const everything = ['--parallel', '--jobs', String(Math.max(2, availableParallelism())), 'test/**/*.test.ts'];
const mocha = ['mocha/bin/mocha.js', ...options, ...(specs.length === 0 ? everything : specs)];
process.env.PATH = systemPath();
// tsx reads the one tsconfig that it is told of, and applies it to the files that this one includes.
process.env.TSX_TSCONFIG_PATH = join(root, 'test', 'tsconfig.json');
if (coverage) {
  const [script, ...rest] = mocha;
  check(
    'c8/bin/c8.js',
    '--reporter=text',
    '--reporter=html',
    '--src=server',
    process.execPath,
    join('node_modules', script),
    ...rest,
  );
} else {
  check(...mocha);
}
