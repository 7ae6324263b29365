// The suites beside `npm test`. Each has the tests of its folder in test/, `npm run test:<name>`, and its own line in
// `.ci/run`. They play programs of other people, or need more of the machine, and `npm test` leaves them out.
import { systemPackages } from './packages.mjs';
import { debianRoot, npmTools, okHttpTools, pythonTools } from './tools.mjs';

/** The rows of these programs that `npm test` needs too. */
const alsoOfTests = (...commands) => systemPackages.filter(({ command }) => commands.includes(command));

/**
 * By name: the system packages that a suite needs, and what else it installs. That returns the environment variables by
 * which the tests find it.
 */
export const suites = {
  interop: {
    packages: [
      ...alsoOfTests('openssl'),
      { command: 'prometheus-alertmanager', package: 'prometheus-alertmanager', service: 'prometheus-alertmanager' },
      { pythonModule: 'ensurepip', package: 'python3-venv' },
      { command: 'javac', package: 'openjdk-17-jdk-headless' },
      { command: 'mvn', package: 'maven' },
    ],
    install: (root) => ({
      INTEROP_PYTHON: pythonTools(root, {
        kind: 'python',
        list: 'test/interop/requirements.txt',
        older: 'test/interop/requirements-older.txt',
      }),
      INTEROP_NPM: npmTools(root, 'test/interop/npm'),
      INTEROP_OKHTTP: okHttpTools(root, 'test/interop/okhttp'),
    }),
  },
  packages: {
    packages: [
      { command: 'debootstrap', package: 'debootstrap' },
      { command: 'systemd-nspawn', package: 'systemd-container' },
      { command: 'docker-compose', package: 'docker-compose' },
      { command: 'caddy', package: 'caddy', service: 'caddy' },
      { command: 'certutil', package: 'libnss3-tools' },
      ...alsoOfTests('chromium'),
    ],
    install: (root) => ({
      PACKAGES_DEBIAN: debianRoot(root, 'test/packages/debian.txt'),
      PACKAGES_NODE: npmTools(root, 'test/packages/node', 'node'),
      PACKAGES_PYTHON: pythonTools(root, { kind: 'hadolint', list: 'test/packages/requirements.txt' }),
    }),
  },
};

/** The suites that these files or folders of test/ belong to; `undefined` stands for `npm test` itself. */
export function suitesOf(paths) {
  const names = paths.map((path) => /^(?:\.\/)?test\/([^/]+)/.exec(path)?.[1]);
  return new Set(names.map((name) => (Object.hasOwn(suites, name ?? '') ? name : undefined)));
}
