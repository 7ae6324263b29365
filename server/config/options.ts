// Options of `serve` that set what a variable sets too, and the variable that a mistyped option may mean.
import { resolve } from 'node:path';
import { nearest } from '../base/nearest.ts';
import { type EnvironmentReading, readGiven, variables } from './environment.ts';

/** Each option, with its variable without the prefix. */
const SETTINGS = {
  port: 'HTTP__PORT',
  host: 'HTTP__HOST',
  'data-dir': 'STORAGE__DIR',
  'token-file': 'TOKEN_FILE',
} as const;

/** The values of the options that were given. */
export type SettingOptions = { readonly [Option in keyof typeof SETTINGS]?: string | undefined };

/** Reads the options. Relative paths start at `cwd`, and not at the folder of the config. */
export function readOptions(options: SettingOptions, cwd: string): EnvironmentReading {
  const given = Object.entries(options).flatMap(([option, value]) => {
    if (value === undefined) return [];
    const path = option === 'data-dir' ? resolve(cwd, value) : value;
    return [{ variable: `--${option}`, name: SETTINGS[option as keyof typeof SETTINGS], value: path }];
  });
  return readGiven(given, cwd);
}

/** The most variables that one name may mean. */
const MAX_MEANT = 3;

/** `HTTP__WAIT_TIMEOUT` as an option is written: `http-wait-timeout`. */
const asOption = (variable: string) => variable.toLowerCase().replace(/_+/g, '-');
/** The same without its sections. */
const keyOf = (variable: string) => asOption(variable.slice(variable.lastIndexOf('__') + 1).replace(/^_/, ''));

/** The variables that have the name of an option, with or without their section, such as `wait-timeout`. */
export function variablesNamed(option: string): string[] {
  const wanted = asOption(option);
  const found = [...variables()].filter((variable) => asOption(variable) === wanted || keyOf(variable) === wanted);
  return found.length > MAX_MEANT ? [] : found.map((variable) => `HERALD_${variable}`);
}

/** The variable of an option. */
export function variableOf(option: string): string | undefined {
  return Object.hasOwn(SETTINGS, option) ? `HERALD_${SETTINGS[option as keyof typeof SETTINGS]}` : undefined;
}

/** The variable with the name closest to that of an option. */
export function variableLike(option: string): string | undefined {
  const names = new Map(
    [...variables()].flatMap((name) => [[keyOf(name), name] as const, [asOption(name), name] as const]),
  );
  const meant = names.get(nearest(asOption(option), names.keys()) ?? '');
  return meant === undefined ? undefined : `HERALD_${meant}`;
}
