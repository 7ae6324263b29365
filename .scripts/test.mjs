// `npm test`: prepares the checkout, checks style, types and unused code, then runs the tests.
// Arguments go to mocha. With a file or folder of test/ (`npm test -- test/config`), only its tests run, without
// checks. `--suite=<name>` runs a suite of suites.mjs in place of the tests, without checks. `--coverage` measures the
// coverage, and fails if a folder is below its floor (coverage.mjs). `--install` lets it install missing system packages
// with sudo; as root it installs them anyway.
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkCoverage, runCovered } from './coverage.mjs';
import { prepareDocs } from './docs.mjs';
import { memoryFolder } from './memory-folder.mjs';
import { ensurePackages, systemPackages, systemPath } from './packages.mjs';
import { prepare } from './prepare.mjs';
import { suites, suitesOf } from './suites.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
process.chdir(root);

/** Runs a program of node_modules and shows its output. Exits with its code when it fails. */
function check(script, ...args) {
  const { status } = spawnSync(process.execPath, [join('node_modules', script), ...args], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

const given = process.argv.slice(2);
const coverage = given.includes('--coverage');
const named = given.find((arg) => arg.startsWith('--suite='))?.slice('--suite='.length);
const args = given.filter((arg) => arg !== '--coverage' && arg !== '--install' && !arg.startsWith('--suite='));
const chosen = args.filter((arg) => /^(?:\.\/)?test\//.test(arg) && existsSync(arg));
const options = args.filter((arg) => !chosen.includes(arg));
const running = chosen.length === 0 ? new Set([named]) : suitesOf(chosen);

const unknown = [...running].find((name) => name !== undefined && !Object.hasOwn(suites, name));
if (unknown !== undefined) {
  process.stderr.write(`No such suite: ${unknown}. There are ${Object.keys(suites).join(', ')}.\n`);
  process.exit(1);
}

try {
  await prepare();
  const install = given.includes('--install');
  for (const name of running) {
    if (name === undefined) {
      ensurePackages(systemPackages, { install });
      continue;
    }
    ensurePackages(suites[name].packages, { install, suite: `npm run test:${name}` });
    Object.assign(process.env, suites[name].install(root));
  }
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}

const specs = chosen.map((path) => (statSync(path).isDirectory() ? `${path.replace(/\/$/, '')}/**/*.test.ts` : path));

// It is built beside the checks, because the tests need it later.
const docs = (running.has(undefined) ? prepareDocs() : Promise.resolve()).then(
  () => undefined,
  (error) => error,
);
if (chosen.length === 0 && named === undefined) {
  check('@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.');
  check('typescript/bin/tsc', '-b');
  // Files, exports and packages that nothing uses.
  check('knip/bin/knip.js', '--no-progress');
}

const failure = await docs;
if (failure !== undefined) {
  process.stderr.write(`${failure.message}\n`);
  process.exit(1);
}

process.env.PATH = systemPath();
const folder = process.env.TMPDIR === undefined ? memoryFolder() : undefined;
if (folder !== undefined) {
  process.env.TMPDIR = folder;
  process.on('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  // The tests get the signal too. When they have ended, this process does as well.
  process.on('SIGINT', () => {});
}
// tsx reads only the tsconfig in this variable, and applies it to the files that the tsconfig includes.
process.env.TSX_TSCONFIG_PATH = join(root, 'test', 'tsconfig.json');
// One more than there are cores, because many tests wait for other programs.
const jobs = Math.max(2, availableParallelism()) + 1;
if (coverage) {
  const code = await runCovered(root, { jobs, options, specs, without: Object.keys(suites) });
  // A run of only some tests covers only some sources, so the floors do not count for it.
  const isMet = checkCoverage(root) || chosen.length > 0;
  process.exit(code === 0 && isMet ? 0 : 1);
}
const others = Object.keys(suites).flatMap((name) => ['--ignore', `test/${name}/**`]);
const own = named === undefined ? ['test/**/*.test.ts', ...others] : [`test/${named}/**/*.test.ts`];
const everything = ['--parallel', '--jobs', String(jobs), ...own];
// The programs of the suites take a while to start.
const patience = [...running].every((name) => name === undefined) ? [] : ['--timeout', '180000'];
// A name that matches no test is a mistake, not a success.
check('mocha/bin/mocha.js', '--fail-zero', ...patience, ...options, ...(specs.length === 0 ? everything : specs));
