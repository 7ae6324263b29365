// Makes a checkout runnable: installs and builds what is missing or stale, and nothing else. Needs node and npm alone.
// Not here: checks and tests, see test.mjs. Until `checkNode` has run, nothing newer than Node 14 may be used.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const checkout = dirname(dirname(fileURLToPath(import.meta.url)));

/** What stops the preparation, told in text for a person. */
export class PrepareError extends Error {}

/** @throws PrepareError unless the version is at least the one that package.json asks for (`>=major.minor`). */
export function checkNode(version, range) {
  const [major, minor] = version.split('.').map(Number);
  const [wantedMajor, wantedMinor] = range.replace('>=', '').split('.').map(Number);
  if (major > wantedMajor || (major === wantedMajor && minor >= (wantedMinor || 0))) return;
  throw new PrepareError(`Herald needs Node.js ${range}; this is ${version}.`);
}

/** Runs a program in silence; its output is shown when it fails. */
function run(root, what, command, args, options) {
  process.stderr.write(`${what} …\n`);
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...options,
  });
  if (status === 0) return;
  throw new PrepareError([`${what} failed.`, stdout, stderr, error?.message].filter(Boolean).join('\n').trim());
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/**
 * Whether node_modules holds what package-lock.json names. npm writes its own record as the last act of an install,
 * so an interrupted one has none. Optional packages of other platforms may be absent.
 */
function isInstalled(root) {
  const wanted = readJson(join(root, 'package-lock.json'));
  const present = readJson(join(root, 'node_modules', '.package-lock.json'));
  if (wanted === undefined || present === undefined) return false;
  return Object.entries(wanted.packages).every(([path, { version, link, optional }]) => {
    if (path === '' || !path.startsWith('node_modules/')) return true;
    const found = present.packages[path];
    return found === undefined ? optional === true : link === true || found.version === version;
  });
}

function install(root) {
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  // Under `npm start` this is the npm that runs already; on Windows its own name is a script for a shell.
  const npm = process.env.npm_execpath;
  if (npm && /\.c?js$/.test(npm)) run(root, 'Installing packages', process.execPath, [npm, ...args]);
  else run(root, 'Installing packages', 'npm', args, { shell: process.platform === 'win32' });
}

const sources = ['package-lock.json', 'tsconfig.json', 'shared', 'server', 'pwa'];

function* filesUnder(root, path) {
  let entries;
  try {
    entries = readdirSync(join(root, path), { withFileTypes: true });
  } catch (error) {
    if (error.code === 'ENOTDIR') yield path;
    else if (error.code !== 'ENOENT') throw error;
    return;
  }
  for (const entry of entries) {
    const inner = `${path}/${entry.name}`;
    if (entry.isDirectory()) yield* filesUnder(root, inner);
    else yield inner;
  }
}

/** One hash over the names and contents of everything that the build reads. */
function fingerprint(root) {
  const hash = createHash('sha256');
  for (const path of sources.flatMap((source) => [...filesUnder(root, source)]).sort()) {
    const content = readFileSync(join(root, path));
    hash.update(`${path}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

const stamp = (root) => join(root, 'dist', '.prepared');
const entry = (root) => join(root, 'dist', 'server', 'main.js');

function isBuilt(root) {
  if (!existsSync(stamp(root)) || !existsSync(entry(root))) return false;
  return readFileSync(stamp(root), 'utf8') === fingerprint(root);
}

async function build(root) {
  // Taken first and written last: neither an interrupted build nor an edit in its midst passes for a finished one.
  const before = fingerprint(root);
  rmSync(stamp(root), { force: true });
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  run(root, 'Building the relay', process.execPath, [compiler, '-b', '--force', 'server']);
  chmodSync(entry(root), 0o755);
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  run(root, 'Building the page', process.execPath, [vite, 'build', '--config', 'pwa/vite.config.ts']);
  await writeSchema(root);
  mkdirSync(dirname(stamp(root)), { recursive: true });
  writeFileSync(stamp(root), before);
}

/** Writes the JSON Schema to which config.json points, so that editors complete and check it. */
async function writeSchema(root) {
  const { configJsonSchema } = await import(pathToFileURL(join(root, 'dist/server/config/json-schema.js')).href);
  writeFileSync(join(root, 'dist', 'config.schema.json'), `${JSON.stringify(configJsonSchema(), null, 2)}\n`);
}

/** What a checkout needs before it runs, in order. */
const steps = [
  { isDone: isInstalled, perform: install },
  { isDone: isBuilt, perform: build },
];

/**
 * Performs the steps that are not done yet.
 * @throws PrepareError with the output of the program that failed, or when Node is too old.
 */
export async function prepare(root = checkout) {
  checkNode(process.versions.node, JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).engines.node);
  for (const { isDone, perform } of steps) {
    if (!isDone(root)) await perform(root);
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  prepare().catch((error) => {
    if (!(error instanceof PrepareError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  });
}
