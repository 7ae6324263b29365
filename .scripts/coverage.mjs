// The coverage floors: the tests of a folder may not cover less than today. Raise a floor when a folder gets better.
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { isAbsolute, join, relative } from 'node:path';

/** Lowest share of covered lines in percent, by folder; `*` for a folder without a floor of its own. */
export const floors = {
  '*': 99,
  'pwa/src': 95,
  'server/app-webhooks': 98,
  'server/compose': 98,
  'server/http': 98,
};

/** The folder of a source file that has a floor: a room of server/, the page, its service worker, or shared/. */
function folderOf(path) {
  const [top, room = ''] = path.split(/[\\/]/);
  if (top === 'server') return room.endsWith('.ts') ? 'server' : `server/${room}`;
  return top === 'pwa' ? `pwa/${room}` : top;
}

/**
 * The covered lines of each folder, with its floor.
 * @param summary the content of c8's coverage-summary.json
 * @param root folder of the checkout, for absolute paths in the summary
 */
export function coverageOf(summary, root, table = floors) {
  const folders = new Map();
  for (const [file, { lines }] of Object.entries(summary)) {
    if (file === 'total') continue;
    const folder = folderOf(isAbsolute(file) ? relative(root, file) : file);
    const sum = folders.get(folder) ?? { total: 0, covered: 0 };
    folders.set(folder, { total: sum.total + lines.total, covered: sum.covered + lines.covered });
  }
  return [...folders]
    .map(([folder, { total, covered }]) => {
      const percent = total === 0 ? 100 : Math.floor((covered / total) * 1000) / 10;
      const floor = table[folder] ?? table['*'];
      return { folder, percent, floor, isMet: percent >= floor };
    })
    .sort((one, other) => one.folder.localeCompare(other.folder));
}

/** Prints the table. @returns whether every folder reaches its floor */
export function checkCoverage(root, file = 'coverage/coverage-summary.json') {
  const rows = coverageOf(JSON.parse(readFileSync(file, 'utf8')), root);
  for (const { folder, percent, floor, isMet } of rows) {
    const verdict = isMet ? '' : `  below its floor of ${floor} %`;
    process.stdout.write(`${folder.padEnd(28)}${percent.toFixed(1).padStart(6)} %${verdict}\n`);
  }
  return rows.every(({ isMet }) => isMet);
}

/**
 * The test files that a spec means: the path of one file, or a pattern for all in a folder (`test/x/**\/*.test.ts`).
 */
function filesOf(root, spec) {
  const [folder, rest] = spec.split('/**/');
  if (rest === undefined) return [spec];
  const names = readdirSync(join(root, folder), { recursive: true });
  return names.filter((name) => name.endsWith('.test.ts')).map((name) => `${folder}/${name}`);
}

/** Runs one mocha process and passes its output on. @returns its exit code and its counts */
async function runShard(root, args, env) {
  const child = spawn(process.execPath, [join('node_modules', 'mocha/bin/mocha.js'), ...args], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    output += chunk;
    process.stdout.write(chunk);
  });
  const code = await new Promise((resolve) => child.on('close', (status) => resolve(status ?? 1)));
  return { code, ...countOf(output) };
}

/** The counts in the last summary of mocha's output. A process that ended before its summary has failed. */
export function countOf(output) {
  const last = [...output.matchAll(/^ +(\d+) passing \(.*\)\n(?: +\d+ pending\n)?(?: +(\d+) failing$)?/gm)].at(-1);
  if (last === undefined) return { passing: 0, failing: 1 };
  return { passing: Number(last[1]), failing: Number(last[2] ?? 0) };
}

/** Every test file, but not those of the suites that are named. */
function allFiles(root, without) {
  return filesOf(root, 'test/**/*.test.ts').filter((file) => !without.some((name) => file.startsWith(`test/${name}/`)));
}

/**
 * Runs the tests in `jobs` processes at once and writes the report. mocha's own parallel mode does not work here: it
 * kills its workers a second after the last test, while they still write their coverage.
 * @returns the exit code of the first process that failed, or 0
 */
export async function runCovered(root, { jobs, options, specs, without }) {
  const files = (specs.length === 0 ? allFiles(root, without) : specs.flatMap((spec) => filesOf(root, spec))).sort();
  const raw = join(root, 'coverage', 'tmp');
  rmSync(join(root, 'coverage'), { recursive: true, force: true });
  const env = { ...process.env, NODE_V8_COVERAGE: raw };
  const shards = Array.from({ length: Math.min(jobs, files.length) }, (_, n) =>
    files.filter((_file, at) => at % jobs === n),
  );
  const results = await Promise.all(shards.map((shard) => runShard(root, [...options, ...shard], env)));
  const sources = ['server', 'shared', 'pwa/src', 'pwa/sw'].map((folder) => `--include=${folder}/**`);
  const report = ['report', '--reporter=html', '--reporter=json-summary', `--temp-directory=${raw}`, ...sources];
  spawnSync(process.execPath, [join('node_modules', 'c8/bin/c8.js'), ...report], { cwd: root, stdio: 'inherit' });
  // In mocha's form, because `.ci/run` takes its counts from the last such lines.
  const sum = (key) => results.reduce((total, result) => total + result[key], 0);
  process.stdout.write(`\n  ${sum('passing')} passing (all processes)\n`);
  if (sum('failing') > 0) process.stdout.write(`  ${sum('failing')} failing\n`);
  return results.find(({ code }) => code !== 0)?.code ?? 0;
}
