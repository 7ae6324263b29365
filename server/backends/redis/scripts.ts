// The scripts that Redis runs: their texts, and the hashes by which Redis knows them. They are files in scripts/, and
// the build puts their texts into the bundle (server/vite.config.ts).
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { root } from '../../base/installation.ts';

declare global {
  interface ImportMeta {
    /** The texts of all scripts by file, which the build puts in. */
    readonly redisScripts?: Readonly<Record<string, string>>;
  }
}

/** One script. */
export interface Script {
  readonly name: string;
  readonly text: string;
  /** The SHA-1 of the text. */
  readonly sha: string;
}

/** A line that stands for a file of scripts/parts. */
const USE = /^-- @use (\w+)$/gm;

/** The files of the scripts by their path in the folder, as they are. */
export function readScriptFiles(
  folder = new URL('server/backends/redis/scripts/', root),
): Readonly<Record<string, string>> {
  const files = readdirSync(folder, { recursive: true }).map(String);
  const scripts = files.filter((file) => file.endsWith('.lua')).sort();
  return Object.fromEntries(scripts.map((file) => [file, readFileSync(new URL(file, folder), 'utf8')]));
}

/** Makes a script of its text. @param parts texts that it may use, by name */
export function createScript(name: string, source: string, parts: (name: string) => string | undefined): Script {
  const text = source.replaceAll(USE, (_line, part: string) => {
    const found = parts(part);
    if (found === undefined) throw new Error(`the script ${name} uses ${part}, which does not exist`);
    return found;
  });
  return { name, text, sha: createHash('sha1').update(text).digest('hex') };
}

const files = import.meta.redisScripts ?? readScriptFiles();

/** The text of a part that scripts share. */
export const partText = (name: string): string | undefined => files[`parts/${name}.lua`];

function script(name: string): Script {
  const source = files[`${name}.lua`];
  if (source === undefined) throw new Error(`the script ${name} does not exist`);
  return createScript(name, source, partText);
}

/** Every script by its name. */
export const scripts = {
  establish: script('establish'),
  agree: script('agree'),
  put: script('put'),
  drop: script('drop'),
  revoke: script('revoke'),
  beat: script('beat'),
  claim: script('claim'),
  release: script('release'),
  reap: script('reap'),
  condemn: script('condemn'),
  occupy: script('occupy'),
  publish: script('publish'),
  hand: script('hand'),
  sign: script('sign'),
  offline: script('offline'),
  terminate: script('terminate'),
  ask: script('ask'),
  answer: script('answer'),
  append: script('append'),
  extend: script('extend'),
  record: script('record'),
  progress: script('progress'),
  page: script('page'),
  statuses: script('statuses'),
  depths: script('depths'),
  read: script('read'),
  remove: script('remove'),
  expire: script('expire'),
  forget: script('forget'),
  orphan: script('orphan'),
  snapshot: script('snapshot'),
  event: script('event'),
  replace: script('replace'),
  report: script('report'),
  reported: script('reported'),
  split: script('split'),
  hold: script('hold'),
  unhold: script('unhold'),
  keep: script('keep'),
  fail: script('fail'),
  rate: script('rate'),
  place: script('place'),
  pair: script('pair'),
  redeem: script('redeem'),
  unpair: script('unpair'),
  document: script('document'),
  documents: script('documents'),
  sweep: script('sweep'),
} as const;
