// Makes a checkout runnable: installs and builds only what is missing or stale. Needs only node and npm. Use no syntax
// newer than Node 14 here: `checkNode` has to run and say what is wrong. Checks and tests are in test.mjs.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const checkout = dirname(dirname(fileURLToPath(import.meta.url)));

/** A problem that stops the preparation, with a message for people. */
export class PrepareError extends Error {}

/** @throws PrepareError unless the version is at least the one that package.json asks for (`>=major.minor`). */
export function checkNode(version, range) {
  const [major, minor] = version.split('.').map(Number);
  const [wantedMajor, wantedMinor] = range.replace('>=', '').split('.').map(Number);
  if (major > wantedMajor || (major === wantedMajor && minor >= (wantedMinor || 0))) return;
  throw new PrepareError(`Herald needs Node.js ${range}; this is ${version}.`);
}

/** Runs a program without showing its output, unless it fails. */
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
 * Whether node_modules has what package-lock.json names. npm writes its record last, so an interrupted install has
 * none. Optional packages of other platforms may be missing.
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

/**
 * In ms: when to give up if requests fail, when if nothing comes at all, and the time between two lines of progress.
 */
const PATIENCE = { failed: 20_000, silent: 60_000, report: 10_000 };

/** npm's log lines about a request. All its other lines are for a person. */
const REQUEST = /^npm http (?:fetch|cache) /;
const TARBALL = /^npm http (?:fetch GET 200|cache) \S+\.tgz /;
const ANSWER = /^npm http (?:fetch [A-Z]+ \d{3} |cache )/;
const FAILURE = /^npm http fetch .* attempt \d+ failed with (\S+)/;

/** Reads npm's log: how many packages came, whether the registry answers or why not, and npm's other lines. */
export function followNpm(total, tell) {
  const seen = { answered: false, failure: undefined, text: '' };
  const packages = new Set();
  let partial = '';
  return {
    seen,
    read(chunk) {
      const lines = `${partial}${chunk}`.split('\n');
      partial = lines.pop();
      for (const line of lines) {
        if (!REQUEST.test(line)) seen.text += `${line}\n`;
        if (ANSWER.test(line)) seen.answered = true;
        const [, reason] = FAILURE.exec(line) ?? [];
        if (reason !== undefined) seen.failure = reason;
        if (TARBALL.test(line)) packages.add(line.split(' ').find((word) => word.includes('.tgz')));
      }
      if (packages.size > 0) tell(Math.min(packages.size, total), total);
    },
    rest: () => `${seen.text}${REQUEST.test(partial) ? '' : partial}`,
  };
}

/** Shows the progress of an install: in place on a terminal, otherwise with a line now and then. */
function progress(what) {
  const { isTTY } = process.stderr;
  let last = Date.now();
  let open = false;
  return {
    tell(done, total) {
      if (!isTTY && Date.now() - last < PATIENCE.report) return;
      last = Date.now();
      open = isTTY;
      process.stderr.write(`${isTTY ? '\r' : ''}${what} … ${done} of about ${total}${isTTY ? '' : '\n'}`);
    },
    end: () => open && process.stderr.write('\n'),
  };
}

/**
 * Installs what the lock file names. No package needs its install scripts, so none runs.
 * @throws PrepareError with npm's output if it fails, or with the reason if the registry does not answer
 */
function install(root) {
  const what = 'Installing packages';
  process.stderr.write(`${what} …\n`);
  const args = ['ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=http'];
  // Under `npm start` this is the npm that is running already. On Windows `npm` is a script that needs a shell.
  const npm = process.env.npm_execpath;
  const byNode = npm && /\.c?js$/.test(npm);
  const child = spawn(byNode ? process.execPath : 'npm', byNode ? [npm, ...args] : args, {
    cwd: root,
    shell: !byNode && process.platform === 'win32',
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const wanted = Object.entries((readJson(join(root, 'package-lock.json')) ?? { packages: {} }).packages);
  const total = wanted.filter(
    ([path, { optional, link }]) => path.includes('node_modules/') && !optional && !link,
  ).length;
  const bar = progress(what);
  const output = followNpm(total, bar.tell);
  child.stderr.setEncoding('utf8').on('data', output.read);

  let stopped;
  const stop = (reason) => {
    stopped = reason;
    // npm does not end at SIGTERM while it waits for a request.
    child.kill('SIGKILL');
  };
  const first = setTimeout(() => {
    const { answered, failure } = output.seen;
    if (answered) return;
    if (failure !== undefined) stop(failure);
    else process.stderr.write('The package registry has not answered yet; still trying …\n');
  }, PATIENCE.failed);
  const last = setTimeout(() => output.seen.answered || stop('no answer'), PATIENCE.silent);

  return new Promise((resolve, reject) => {
    const end = (status, error) => {
      clearTimeout(first);
      clearTimeout(last);
      bar.end();
      const reason = stopped ?? (output.seen.answered ? undefined : output.seen.failure);
      if (status === 0) resolve();
      else if (reason !== undefined) reject(new PrepareError(unreachable(reason)));
      else reject(new PrepareError([`${what} failed.`, output.rest(), error].filter(Boolean).join('\n').trim()));
    };
    child.on('error', (error) => end(1, error.message));
    child.on('close', (status) => end(status));
  });
}

function unreachable(reason) {
  return [
    `Installing packages failed: the package registry cannot be reached (${reason}).`,
    'Check the network. Behind a proxy, set it with: npm config set https-proxy <url>',
    'To see the address of the registry, run: npm config get registry',
  ].join('\n');
}

const sources = ['.scripts/code-cache.mjs', 'package-lock.json', 'tsconfig.json', 'shared', 'server', 'pwa'];

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

/** A hash of Node's version, whose bytecode the build contains, and of everything that a build reads. */
export function fingerprint(root, read = sources) {
  const hash = createHash('sha256').update(process.version);
  for (const path of read.flatMap((source) => [...filesUnder(root, source)]).sort()) {
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
  // Computed first and written last, so that an interrupted build, or an edit during it, never counts as a finished
  // build.
  const before = fingerprint(root);
  rmSync(stamp(root), { force: true });
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  run(root, 'Checking the relay', process.execPath, [compiler, '-b', '--force', 'server']);
  run(root, 'Building the relay', process.execPath, [vite, 'build', '--config', 'server/vite.config.ts']);
  chmodSync(entry(root), 0o755);
  run(root, 'Building the page', process.execPath, [vite, 'build', '--config', 'pwa/vite.config.ts']);
  makeBytecode(root);
  await writeSchema(root);
  writeManPage(root);
  mkdirSync(dirname(stamp(root)), { recursive: true });
  writeFileSync(stamp(root), before);
}

/** Makes the bytecode of the relay. Without it, as where no program may listen, the relay only starts slower. */
function makeBytecode(root) {
  try {
    run(root, 'Starting the relay once', process.execPath, ['.scripts/code-cache.mjs']);
  } catch (error) {
    if (!(error instanceof PrepareError)) throw error;
    process.stderr.write(`${error.message}\nWithout bytecode, the relay starts slower.\n`);
  }
}

/** Writes the JSON Schema that config.json points to, so that editors can complete and check it. */
async function writeSchema(root) {
  const { configJsonSchema } = await import(
    pathToFileURL(join(root, 'dist/modules/server/config/json-schema.js')).href
  );
  writeFileSync(join(root, 'dist', 'config.schema.json'), `${JSON.stringify(configJsonSchema(), null, 2)}\n`);
}

/** Writes herald(1), which package.json names. */
function writeManPage(root) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [entry(root), 'help', '--man'], { encoding: 'utf8' });
  if (status !== 0) throw new PrepareError(`Making the man page failed.\n${stderr}`);
  mkdirSync(join(root, 'dist', 'man'), { recursive: true });
  writeFileSync(join(root, 'dist', 'man', 'herald.1'), stdout);
}

/** The steps that make a checkout runnable, in order. */
const steps = [
  { isDone: isInstalled, perform: install },
  { isDone: isBuilt, perform: build },
];

/**
 * Runs the steps that are not done yet.
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
