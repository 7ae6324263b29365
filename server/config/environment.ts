// Environment variables override the values of the config file.
//
// HERALD_<SECTION>__<KEY>, or HERALD_<KEY> at the top level: two underscores step into a section. Case and single
// underscores do not matter: HERALD_HTTP__WAIT_TIMEOUT and HERALD_HTTP__WAITTIMEOUT both mean http.waitTimeout. With
// _FILE at the end, the value is the content of that file without a final newline. Lists and objects are JSON. An empty
// variable counts as absent.
import { nearest } from '../base/nearest.ts';
import { readConfigFile } from './file.ts';
import { keysOf, type Path, rootSetting, type Setting, typesOf } from './json-schema.ts';
import type { Problem } from './problems.ts';

const PREFIX = /^herald_/i;
const FILE_SUFFIX = /_file$/i;

/** Variables that the command line reads. They are not settings. */
const OTHERS = new Set(['HERALD_SERVER', 'HERALD_CONFIG']);

/** Whether the variable is one that Kubernetes and Docker set for a service called "herald". */
function isServiceLink(variable: string, value: string): boolean {
  if (variable === 'HERALD_PORT') return value.includes('://');
  return /^HERALD_(?:SERVICE_(?:HOST|PORT\w*)|PORT_\d+_\w+)$/.test(variable);
}

/** A setting that a variable names. */
interface Named {
  readonly path: readonly string[];
  readonly setting: Setting;
}

/** A value from the environment and its place in the config. */
interface Override {
  readonly path: readonly string[];
  readonly value: unknown;
  /** The variable or option it came from. */
  readonly variable: string;
}

/** The values from the environment, sections before their keys, and the problems of variables that cannot be used. */
export interface EnvironmentReading {
  readonly overrides: readonly Override[];
  readonly problems: readonly Problem[];
}

const plain = (name: string) => name.replaceAll('_', '').toLowerCase();

function findSetting(name: string): Named | undefined {
  let setting: Setting | undefined = rootSetting;
  const path: string[] = [];
  for (const part of name.split('__')) {
    const found: [string, Setting] | undefined = [...keysOf(setting)].find(([key]) => plain(key) === plain(part));
    if (found === undefined || found[0] === '$schema') return undefined;
    path.push(found[0]);
    setting = found[1];
  }
  return { path, setting };
}

/** Every variable that names a single value, without the prefix. */
export function* variables(setting: Setting = rootSetting, prefix = ''): Generator<string> {
  for (const [key, inner] of keysOf(setting)) {
    if (key === '$schema') continue;
    const name = prefix + key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
    if (keysOf(inner).size === 0) yield name;
    yield* variables(inner, `${name}__`);
  }
}

/** The error text for a variable that names no setting. */
function unknownVariable(name: string): string {
  const meant = nearest(
    name,
    [...variables()].flatMap((known) => [known, `${known}_FILE`]),
  );
  const advice =
    meant === undefined
      ? 'expected HERALD_<SECTION>__<KEY>, such as HERALD_HTTP__PORT'
      : `did you mean HERALD_${meant}?`;
  return `unknown variable; ${advice}`;
}

/** Converts the text to the type of the setting. A text that does not fit stays a text, and the schema refuses it. */
function coerce(text: string, setting: Setting): { readonly value: unknown } | undefined {
  const types = typesOf(setting);
  const isJson = /^\s*[{[]/.test(text);
  if ((types.has('object') || types.has('array')) && (isJson || !types.has('string'))) {
    try {
      return { value: JSON.parse(text) };
    } catch {
      return undefined;
    }
  }
  const isNumber = /^\s*-?\d+(?:\.\d+)?\s*$/.test(text);
  if ((types.has('integer') || types.has('number')) && isNumber) return { value: Number(text) };
  if (types.has('boolean') && /^(?:true|false)$/i.test(text.trim()))
    return { value: text.trim().toLowerCase() === 'true' };
  return { value: text };
}

/** A value that sets what a variable names: the variable itself, or an option of the command line in its place. */
export interface Given {
  /** What it is called in messages. */
  readonly variable: string;
  /** The name of the variable without the prefix. */
  readonly name: string;
  readonly value: string;
}

/** Reads every HERALD_ variable. Relative paths of _FILE variables start at `cwd`. */
export function readEnvironment(env: Readonly<Record<string, string | undefined>>, cwd: string): EnvironmentReading {
  const given = Object.entries(env).flatMap(([variable, value = '']): Given[] =>
    value === '' || !PREFIX.test(variable) ? [] : [{ variable, name: variable.replace(PREFIX, ''), value }],
  );
  return readGiven(given, cwd);
}

/** Reads values that were given under the names of variables. Relative paths of _FILE variables start at `cwd`. */
export function readGiven(all: readonly Given[], cwd: string): EnvironmentReading {
  const problems: Problem[] = [];
  const overrides = new Map<string, Override>();
  for (const { variable, name, value: given } of all) {
    const refuse = (text: string) => problems.push({ path: [variable], text });
    const direct = findSetting(name);
    const named = direct ?? (FILE_SUFFIX.test(name) ? findSetting(name.replace(FILE_SUFFIX, '')) : undefined);
    if (named === undefined) {
      if (OTHERS.has(variable) || isServiceLink(variable, given)) continue;
      refuse(unknownVariable(name));
      continue;
    }

    let text = given;
    if (direct === undefined) {
      const read = readConfigFile(given, cwd);
      if ('problem' in read) {
        refuse(`the file it names ${read.problem}`);
        continue;
      }
      text = read.text.replace(/\r?\n$/, '');
    }

    const place = named.path.join('.');
    const other = overrides.get(place);
    if (other !== undefined) {
      refuse(`sets ${place}, and so does ${other.variable}; expected one of them`);
      continue;
    }
    const coerced = coerce(text, named.setting);
    if (coerced === undefined) refuse('expected JSON');
    else overrides.set(place, { path: named.path, value: coerced.value, variable });
  }
  return { overrides: [...overrides.values()].sort((a, b) => a.path.length - b.path.length), problems };
}

/**
 * The config with the values of the environment in place of its own. The schema refuses a section that is no object.
 */
export function applyOverrides(config: unknown, overrides: readonly Override[]): unknown {
  return overrides.reduce((value, { path, value: leaf }) => setAt(value, path, leaf), config);
}

function setAt(value: unknown, [key, ...rest]: readonly string[], leaf: unknown): unknown {
  if (key === undefined) return leaf;
  if (value !== undefined && (typeof value !== 'object' || value === null || Array.isArray(value))) return value;
  const entries = new Map<string, unknown>(Object.entries(value ?? {}));
  return Object.fromEntries(entries.set(key, setAt(entries.get(key), rest, leaf)));
}

/** The variable that set the value at a path, or a section around it, if any. */
export function variableAt(path: Path, overrides: readonly Override[]): string | undefined {
  return overrides.findLast((override) => override.path.every((step, index) => step === path[index]))?.variable;
}
