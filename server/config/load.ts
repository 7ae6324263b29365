// Loads the config from file and environment: one frozen value, or one error that lists every problem.
// Not here: the shape and the defaults, see schema.ts.
import { dirname, join, resolve } from 'node:path';
import { applyOverrides, readEnvironment, variableAt } from './environment.ts';
import { type FileReading, readConfigFile } from './file.ts';
import { readJsonText } from './json.ts';
import { mapSettings, rootSetting } from './json-schema.ts';
import { adaptMpush } from './mpush.ts';
import { readOptions, type SettingOptions } from './options.ts';
import { ConfigError, expectation, type Problem, problemsOf, showPath } from './problems.ts';
import { type Config, configSchema } from './schema.ts';

/** Where the config of a system's service is. */
const SYSTEM_FOLDER = '/etc/herald';
/** Where such a service keeps its data, also for commands that systemd does not start. */
const SYSTEM_DATA = '/var/lib/herald';
const FILE_NAME = 'config.json';

/** Where a config comes from. */
export interface ConfigSource {
  /** The file; see {@link findFile} for the default. */
  readonly file?: string | undefined;
  /** Options of the command line. They outrank variables, which outrank the file. */
  readonly options?: SettingOptions | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly systemFolder?: string;
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
export function loadConfig(source: ConfigSource): LoadedConfig {
  const { options = {}, env, cwd, systemFolder = SYSTEM_FOLDER } = source;
  const { path, read } = findFile(source);
  const written = parse(read);
  const environment = readEnvironment(env, cwd);
  const given = readOptions(options, cwd);
  const overrides = [...environment.overrides, ...given.overrides];
  const warnings: string[] = [];
  const folder = firstOf(env['STATE_DIRECTORY']) ?? (dirname(path) === systemFolder ? SYSTEM_DATA : undefined);
  const merged = withDataFolder(applyOverrides(written.value, overrides), folder);
  const adapted = adaptMpush(merged, (text) => warnings.push(text));
  const parsed = configSchema.safeParse(adapted, { error: expectation, jitless: true });

  const problems: Problem[] = [...written.problems, ...environment.problems, ...given.problems];
  if (!parsed.success) problems.push(...problemsOf(parsed.error));
  if (!parsed.success || problems.length > 0) {
    const show = ({ path: at, text }: Problem) => {
      const variable = variableAt(at, overrides);
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

/** The file of a config: its absolute path, and its text. `read` is undefined if no file was named and none is there. */
interface Found {
  readonly path: string;
  readonly read: FileReading | undefined;
}

/**
 * Finds the file: the named one, else that of HERALD_CONFIG, else `config.json` in the first of these folders that has
 * one: CONFIGURATION_DIRECTORY (which systemd sets), `cwd`, `/etc/herald`. The last one may belong to a relay of other
 * users, so a file there that this user may not read does not count.
 */
function findFile({ file, env, cwd, systemFolder = SYSTEM_FOLDER }: ConfigSource): Found {
  const named = file ?? (env['HERALD_CONFIG'] || undefined);
  if (named !== undefined) return { path: resolve(cwd, named), read: readConfigFile(named, cwd) };
  const folder = firstOf(env['CONFIGURATION_DIRECTORY']);
  for (const place of [...(folder === undefined ? [] : [folder]), cwd]) {
    const read = readConfigFile(FILE_NAME, place);
    if (!('problem' in read && read.absent)) return { path: resolve(place, FILE_NAME), read };
  }
  const read = readConfigFile(FILE_NAME, systemFolder);
  return 'problem' in read
    ? { path: resolve(cwd, FILE_NAME), read: undefined }
    : { path: join(systemFolder, FILE_NAME), read };
}

/** The first folder of a list as systemd passes it. */
function firstOf(folders: string | undefined): string | undefined {
  return folders?.split(':').find((folder) => folder !== '');
}

/** The config with this folder in place of the default of `storage.dir`. */
function withDataFolder(config: unknown, folder: string | undefined): unknown {
  const isSet = (config as { storage?: { dir?: unknown } } | null)?.storage?.dir !== undefined;
  if (folder === undefined || isSet) return config;
  return applyOverrides(config, [{ path: ['storage', 'dir'], value: folder, variable: 'STATE_DIRECTORY' }]);
}

function parse(read: FileReading | undefined): Written {
  const fail = (text: string): Written => ({ value: {}, isFound: true, problems: [{ path: [], text }] });
  if (read === undefined) return { value: {}, isFound: false, problems: [] };
  if ('problem' in read) return fail(`the file ${read.problem}`);
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
