// herald update-check: says whether there is a newer version, and how to get it. It changes nothing.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root, version } from '../base/installation.ts';
import { type Command, CommandError, type CommandIo } from './command.ts';
import { jsonLine, visible, write } from './output.ts';

const PACKAGE = 'herald-relay';
/** How long in ms npm may take, and its registry within that. */
const PATIENCE = 10_000;
const REGISTRY_PATIENCE = 8_000;
/** The exit code if there is a newer version. */
const NEWER = 3;

/** Where container engines leave a mark in each container. */
const CONTAINER_MARKS = ['/.dockerenv', '/run/.containerenv'];

/** The command that updates an installation in this folder. */
export function updateCommand(folder: string, exists: (path: string) => boolean = existsSync): string {
  if (exists(`${folder}.git`)) return 'git pull && npm start';
  if (folder.includes(`${sep}_npx${sep}`)) return `npx ${PACKAGE}@latest`;
  // npm may have installed it in a container, too.
  const isImage = !folder.includes(`${sep}node_modules${sep}`) && CONTAINER_MARKS.some(exists);
  return isImage ? 'git pull && docker compose up -d --build' : `npm install -g ${PACKAGE}@latest`;
}

/** Below 0 if the first version comes before the second, above 0 if after it. Of `1.0.0-rc.1`, only `1.0.0` counts. */
export function compareVersions(one: string, other: string): number {
  const numbers = (text: string) => text.split(/[-+]/, 1)[0]?.split('.').map(Number) ?? [];
  const [first, second] = [numbers(one), numbers(other)];
  return first.map((number, index) => number - (second[index] ?? 0)).find((difference) => difference !== 0) ?? 0;
}

/** What npm wrote, or why it could not be asked. */
type NpmAnswer = { readonly stdout: string } | { readonly problem: string };

/** Asks npm, and with it the registry and the proxy that it is configured with. */
function askNpm({ env, cwd, signal }: CommandIo): Promise<NpmAnswer> {
  const limits = ['--fetch-retries=0', `--fetch-timeout=${REGISTRY_PATIENCE}`];
  const args = ['view', `${PACKAGE}@latest`, 'version', '--json', '--loglevel=silent', ...limits];
  return new Promise((resolve) => {
    const child = spawn('npm', args, {
      cwd,
      env: { ...env },
      stdio: ['ignore', 'pipe', 'ignore'],
      // There, npm is a script that needs a shell.
      shell: process.platform === 'win32',
      timeout: PATIENCE,
      killSignal: 'SIGKILL',
      signal,
    });
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.once('error', () => resolve({ problem: 'npm cannot be started; it comes with Node.js' }));
    child.once('close', (_code, killedBy) =>
      resolve(killedBy === null ? { stdout } : { problem: `npm did not answer within ${PATIENCE / 1000} s` }),
    );
  });
}

/** @throws CommandError that says why the newest version is unknown */
async function newest(io: CommandIo): Promise<string> {
  const answer = await askNpm(io);
  const unknown = (why: string) =>
    new CommandError(`the newest version is unknown: ${why}. This is ${version}; nothing has changed`);
  if ('problem' in answer) throw unknown(answer.problem);
  const found = parse(answer.stdout);
  if (typeof found === 'string' && /^\d+\.\d+\.\d+/.test(found)) return found;
  const code = (found as { error?: { code?: unknown } } | undefined)?.error?.code;
  if (code === 'E404') throw unknown(`npm's registry has no package ${PACKAGE}`);
  throw unknown(`npm's registry cannot be reached${typeof code === 'string' ? ` (${visible(code)})` : ''}`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Says whether there is a newer version. */
export const updateCheck: Command = {
  help: `usage: herald update-check [--json]

Asks the package registry that npm is configured with for the newest version, and prints how to get it. It changes
nothing. The relay itself never asks.

  --json          print {"version": ..., "newest": ..., "update": the command or null}

Exit code: 0 this is the newest version, 1 the newest version is unknown, ${NEWER} there is a newer one
`,
  options: { json: { type: 'boolean' } },
  words: [],
  async run(parsed, io) {
    const latest = await newest(io);
    const isNewer = compareVersions(latest, version) > 0;
    const update = isNewer ? updateCommand(fileURLToPath(root)) : null;
    const text = isNewer
      ? `${visible(latest)} is out; this is ${version}. Update with:\n  ${update}\nChanges are in CHANGELOG.md, and docs/install.md says more about updating.\n`
      : `${version} is the newest version\n`;
    await write(io.stdout, parsed.flag('json') ? jsonLine({ version, newest: latest, update }) : text);
    return isNewer ? NEWER : 0;
  },
};
