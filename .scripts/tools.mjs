// Programs of other people that a suite plays, from the package registries. Each set has a folder of its own in
// .interop/, which git ignores, and is made again only when its list of exact versions changes.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pythonWithVenv, retried, TRIES } from './packages.mjs';

/** Where the sets are kept, below the checkout. */
const FOLDER = '.interop';
/** Written last, so that an interrupted installation never counts as a finished one. */
const COMPLETE = '.complete';

/**
 * Makes a folder by its lists of versions, unless it is there, and removes those of older lists.
 * @param kind how the folder's name begins
 * @param lists the files that say what is in it
 * @param age what else the content depends on
 * @param pause between two tries, in ms
 * @param make fills the empty folder; may throw, and is then tried again
 * @returns the folder's path
 */
export function keptFolder(root, { kind, lists, age = '', make, pause = TRIES.pause }) {
  const hash = createHash('sha256').update(age);
  for (const list of lists) hash.update('\0').update(readFileSync(join(root, list)));
  const name = `${kind}-${hash.digest('hex').slice(0, 12)}`;
  const all = join(root, FOLDER);
  const folder = join(all, name);
  if (existsSync(join(folder, COMPLETE))) return folder;
  mkdirSync(all, { recursive: true });
  for (const old of readdirSync(all).filter((entry) => entry.startsWith(`${kind}-`))) {
    rmSync(join(all, old), { recursive: true, force: true });
  }
  process.stderr.write(`Installing what ${lists[0]} names …\n`);
  const attempt = () => {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
    make(folder);
  };
  retried(attempt, { ...TRIES, pause });
  writeFileSync(join(folder, COMPLETE), '');
  return folder;
}

/** @throws Error with the command and what it printed, if it fails */
function run(command, args, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...options,
  });
  if (status === 0) return;
  const said = [stdout, stderr, error?.message].filter(Boolean).join('\n').trim();
  throw new Error(`This failed, and the suite needs it:\n  ${command} ${args.join(' ')}\n${said}`);
}

/**
 * A virtual environment with the Python packages of a list.
 * @param kind how the folder's name begins
 * @param older a list of older versions of some of them, for the folder `older` inside
 * @returns its folder
 */
export function pythonTools(root, { kind, list, older }) {
  const python = pythonWithVenv();
  if (python === undefined) throw new Error('The suite needs Python 3.11 or later with its module venv.');
  return keptFolder(root, {
    kind,
    lists: older === undefined ? [list] : [list, older],
    age: python,
    make(folder) {
      run(python, ['-m', 'venv', folder]);
      // The list is complete, so pip need not resolve it. One package asks for a later Python than Debian 12 has, but works.
      const exactly = ['--no-deps', '--ignore-requires-python', '--disable-pip-version-check', '--no-input'];
      const pip = ['-m', 'pip', 'install', '--quiet', ...exactly];
      run(join(folder, 'bin', 'python'), [...pip, '-r', join(root, list)]);
      if (older === undefined) return;
      run(join(folder, 'bin', 'python'), [...pip, '--target', join(folder, 'older'), '-r', join(root, older)]);
    },
  });
}

/**
 * An empty system of the release that this machine runs, with the Debian packages of a list. The user must be root.
 * @returns its folder
 */
export function debianRoot(root, list) {
  const [, release = 'bookworm'] = /^VERSION_CODENAME=(\S+)$/m.exec(readFileSync('/etc/os-release', 'utf8')) ?? [];
  const names = readFileSync(join(root, list), 'utf8').split('\n').filter(Boolean).join(',');
  return keptFolder(root, {
    kind: 'debian',
    lists: [list],
    age: release,
    make(folder) {
      run('debootstrap', ['--variant=minbase', `--include=${names}`, release, join(folder, 'root')]);
    },
  });
}

/**
 * The npm packages of a folder with package.json and package-lock.json.
 * @param kind how the folder's name begins
 * @returns the folder that has node_modules
 */
export function npmTools(root, list, kind = 'npm') {
  const lists = ['package.json', 'package-lock.json'].map((file) => `${list}/${file}`);
  return keptFolder(root, {
    kind,
    lists,
    make(folder) {
      for (const file of lists) copyFileSync(join(root, file), join(folder, basename(file)));
      run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: folder });
    },
  });
}

const COPY_JARS = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.0:copy-dependencies';

/**
 * Java programs, compiled with each version of OkHttp. The folder has pom.xml, versions.json and the sources in apps/.
 * @returns a folder with `<version>/jars` and `<version>/classes`
 */
export function okHttpTools(root, list) {
  const sources = readdirSync(join(root, list, 'apps')).map((name) => `${list}/apps/${name}`);
  const [pom, versions] = [`${list}/pom.xml`, `${list}/versions.json`];
  return keptFolder(root, {
    kind: 'okhttp',
    lists: [pom, versions, ...sources],
    make(folder) {
      for (const { artifact, version } of JSON.parse(readFileSync(join(root, versions), 'utf8'))) {
        const [jars, classes] = [join(folder, version, 'jars'), join(folder, version, 'classes')];
        const chosen = [`-Dokhttp.artifact=${artifact}`, `-Dokhttp.version=${version}`, `-DoutputDirectory=${jars}`];
        const repository = `-Dmaven.repo.local=${join(root, FOLDER, 'maven')}`;
        run('mvn', ['-q', '-B', '-f', join(root, pom), COPY_JARS, repository, ...chosen]);
        const files = sources.map((file) => join(root, file));
        run('javac', ['-encoding', 'UTF-8', '-cp', join(jars, '*'), '-d', classes, ...files]);
      }
    },
  });
}
