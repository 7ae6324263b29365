// The problems of a config, reported all at once: paths and expectations, never the values, which can be secret.
import type { z } from 'zod';
import { nearest } from '../base/nearest.ts';
import { keysOf, type Path, rootSetting, type Setting } from './json-schema.ts';

/** One problem. An empty path means the whole config. */
export interface Problem {
  readonly path: Path;
  readonly text: string;
}

/** The config cannot be used. `problems` has a line for each problem; the message shows all of them. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  /** @param source where the config was read from, for the first line of the message */
  constructor(source: string, problems: readonly string[]) {
    const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
    super([`${source} has ${count}:`, ...problems.map((problem) => `  ${problem}`)].join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

const MAX_KEY = 64;

/** A key for display: quoted if it is not plain, and shortened if it is long. */
function showKey(key: string): string {
  if (/^[\w$-]{1,64}$/.test(key)) return key;
  return JSON.stringify(key.length > MAX_KEY ? `${key.slice(0, MAX_KEY)}…` : key);
}

/** A path as people write it: `webhook.clients[0].url`. */
export function showPath(path: Path): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    return text === '' ? showKey(String(step)) : `${text}.${showKey(String(step))}`;
  }, '');
}

const KINDS: Readonly<Record<string, string>> = {
  int: 'a whole number',
  number: 'a number',
  string: 'a string',
  boolean: 'true or false',
  array: 'an array',
  object: 'an object',
  record: 'an object',
};

const ANOTHER_FORM = 'expected another form';

const UNITS: Readonly<Record<string, string>> = { string: ' characters', array: ' elements' };

/** What a zod issue expected. It replaces the library's own texts, and texts in the schema take precedence over it. */
export function expectation(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type': {
      const kind = `expected ${KINDS[issue.expected] ?? issue.expected}`;
      return issue.input === undefined ? `${kind}, but it is missing` : kind;
    }
    case 'too_small':
      return `expected at least ${issue.minimum}${UNITS[issue.origin] ?? ''}`;
    case 'too_big':
      return `expected at most ${issue.maximum}${UNITS[issue.origin] ?? ''}`;
    case 'invalid_value':
      return `expected ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`;
    case 'invalid_key':
      return issue.issues[0]?.message ?? ANOTHER_FORM;
    default:
      return ANOTHER_FORM;
  }
}

function settingAt(path: Path): Setting | undefined {
  return path.reduce<Setting | undefined>((setting, step) => {
    if (setting === undefined) return undefined;
    return typeof step === 'number' ? setting.items : keysOf(setting).get(String(step));
  }, rootSetting);
}

/** The issues of a failed parse as problems, one for each unknown key. */
export function problemsOf(error: z.ZodError): Problem[] {
  return error.issues.flatMap((issue): Problem[] => {
    if (issue.code !== 'unrecognized_keys') return [{ path: issue.path, text: issue.message }];
    const known = [...keysOf(settingAt(issue.path) ?? {}).keys()].filter((key) => key !== '$schema');
    return issue.keys.map((key) => {
      const meant = nearest(key, known);
      const advice = meant === undefined ? `known here: ${known.join(', ')}` : `did you mean ${meant}?`;
      return { path: [...issue.path, key], text: `unknown key; ${advice}` };
    });
  });
}
