// Loads the config from file and environment: one frozen value, or one error that lists every problem.
// Not here: the shape and the defaults, see schema.ts.
import { dirname, resolve } from 'node:path';
import { applyOverrides, readEnvironment, variableAt } from './environment.ts';
import { readConfigFile } from './file.ts';
import { readJsonText } from './json.ts';
import { mapSettings, rootSetting } from './json-schema.ts';
import { adaptMpush } from './mpush.ts';
import { ConfigError, expectation, type Problem, problemsOf, showPath } from './problems.ts';
import { type Config, configSchema } from './schema.ts';

/** Where a config comes from. Without `file`, `config.json` in `cwd` is used if it exists. */
export interface ConfigSource {
  readonly file?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

/**
 * A config ready for use. `file` is the absolute path of the file that was read; warnings are sentences for the log.
 */
export interface LoadedConfig {
  readonly config: Config;
  readonly warnings: readonly string[];
  readonly file?: string;
}

/** @throws ConfigError that lists everything that is wrong with the file and the environment */
export function loadConfig({ file, env, cwd }: ConfigSource): LoadedConfig {
  const path = resolve(cwd, file ?? 'config.json');
  const written = readFile(path, file !== undefined);
  const environment = readEnvironment(env, cwd);
  const warnings: string[] = [];
  const merged = applyOverrides(written.value, environment.overrides);
  const adapted = adaptMpush(merged, (text) => warnings.push(text));
  const parsed = configSchema.safeParse(adapted, { error: expectation, jitless: true });

  const problems: Problem[] = [...written.problems, ...environment.problems];
  if (!parsed.success) problems.push(...problemsOf(parsed.error));
  if (!parsed.success || problems.length > 0) {
    const show = ({ path: at, text }: Problem) => {
      const variable = variableAt(at, environment.overrides);
      const place = `${showPath(at)}${variable === undefined ? '' : ` (${variable})`}`.trim();
      return place === '' ? text : `${place}: ${text}`;
    };
    throw new ConfigError(`The config${written.isFound ? ` (${path})` : ''}`, [...new Set(problems.map(show))]);
  }

  const config = freeze(resolvePaths(parsed.data, dirname(path)));
  return written.isFound ? { config, warnings, file: path } : { config, warnings };
}

interface Written {
  /** `{}` if there is no file, or no JSON in it. */
  readonly value: unknown;
  readonly isFound: boolean;
  readonly problems: readonly Problem[];
}

function readFile(path: string, isNamed: boolean): Written {
  const fail = (text: string): Written => ({ value: {}, isFound: true, problems: [{ path: [], text }] });
  const read = readConfigFile(path, '/');
  if ('problem' in read) {
    return read.absent && !isNamed ? { value: {}, isFound: false, problems: [] } : fail(`the file ${read.problem}`);
  }
  const json = readJsonText(read.text);
  if ('problem' in json) {
    const { line, column, isTrailingComma } = json.problem;
    const why = isTrailingComma ? ': no comma may stand before } or ]' : '';
    return fail(`expected JSON; the first mistake is at line ${line}, column ${column}${why}`);
  }
  return { value: json.value, isFound: true, problems: [] };
}

/** Makes settings that are paths absolute. */
function resolvePaths(config: Config, folder: string): Config {
  return mapSettings(config, rootSetting, (value, setting) =>
    setting['x-path'] === true && typeof value === 'string' ? resolve(folder, value) : value,
  ) as Config;
}

function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  for (const inner of Object.values(value)) freeze(inner);
  return Object.freeze(value);
}
