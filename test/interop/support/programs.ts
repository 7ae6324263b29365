// Runs the programs of other people that `npm run test:interop` has installed, without changing them.
import { type ExecFileException, execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** How long a program may take, in ms: some import for seconds where many run at once. */
const LIMIT = 120_000;

/** What a program left behind. */
export interface Ended {
  /** Its exit code; null if it was ended. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The folder that a variable names. @throws Error where only `npm run test:interop` sets it */
export function installed(variable: string): string {
  const folder = process.env[variable];
  if (folder === undefined) throw new Error(`${variable} is not set: run npm run test:interop`);
  return folder;
}

/** Runs a program to its end, with nothing of this process' environment but PATH. */
export function run(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  cwd = tmpdir(),
): Promise<Ended> {
  const options = {
    cwd,
    encoding: 'utf8' as const,
    timeout: LIMIT,
    env: { PATH: process.env['PATH'], HOME: tmpdir(), LANG: 'C.UTF-8', PYTHONDONTWRITEBYTECODE: '1', ...env },
  };
  return new Promise((resolve, reject) => {
    execFile(program, args, options, (error: ExecFileException | null, stdout, stderr) => {
      if (error !== null && typeof error.code === 'string') reject(error);
      else resolve({ code: error === null ? 0 : ((error.code as number | undefined) ?? null), stdout, stderr });
    });
  });
}

/** The environment in which Python finds the older versions first. */
export function withOlder(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const folders = [join(installed('INTEROP_PYTHON'), 'older'), env['PYTHONPATH'] ?? ''];
  return { ...env, PYTHONPATH: folders.join(delimiter) };
}

/** Runs a command that a Python package has brought. */
export function pythonProgram(name: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  return run(join(installed('INTEROP_PYTHON'), 'bin', name), args, env);
}

/**
 * Runs Python code. It finds `given` under this name, and leaves what it has found out in `result`.
 * @returns that result
 * @throws Error with what Python printed, if the code raised
 */
// biome-ignore lint/suspicious/noExplicitAny: a test reads into results of every shape, and fails where it is wrong
export async function python(code: string, given: object = {}, env: NodeJS.ProcessEnv = {}): Promise<any> {
  const whole = `import json, sys\ngiven = json.loads(sys.argv[1])\nresult = None\n${code}\nprint('\\n' + json.dumps(result))\n`;
  const ended = await pythonProgram('python', ['-c', whole, JSON.stringify(given)], env);
  if (ended.code !== 0) throw new Error(`Python ended with ${ended.code}: ${ended.stdout}${ended.stderr}`);
  return JSON.parse(ended.stdout.trimEnd().split('\n').at(-1) ?? 'null');
}

/**
 * Runs a module in a Node process of its own, which finds the npm packages of the suite. As {@link python}.
 * @throws Error with what Node printed, if it failed
 */
// biome-ignore lint/suspicious/noExplicitAny: as above
export async function node(code: string, given: object = {}, env: NodeJS.ProcessEnv = {}): Promise<any> {
  const begin = 'const given = JSON.parse(process.argv[1]);\nlet result;';
  const whole = `${begin}\n${code}\nconsole.log(JSON.stringify(result));`;
  const args = ['--input-type=module', '-e', whole, JSON.stringify(given)];
  const ended = await run(process.execPath, args, env, installed('INTEROP_NPM'));
  if (ended.code !== 0) throw new Error(`Node ended with ${ended.code}: ${ended.stdout}${ended.stderr}`);
  return JSON.parse(ended.stdout.trimEnd().split('\n').at(-1) ?? 'null');
}

/** Loads an npm package that the suite has installed. */
// biome-ignore lint/suspicious/noExplicitAny: these packages are not in the types of the relay
export function npmPackage(name: string): Promise<any> {
  const path = createRequire(join(installed('INTEROP_NPM'), 'package.json')).resolve(name);
  return import(pathToFileURL(path).href);
}
