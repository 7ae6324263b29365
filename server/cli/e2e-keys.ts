// The keys of this user for encrypted messages: one line each, with the recipients for whom the key is.
import { lstat, mkdir, readFile, rename } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fromBase64, importSecret, SECRET_BYTES, type SealKey } from '../../shared/encrypted.ts';
import { DIRECTORY_MODE, flushName, isMissing, writeFlushed } from '../base/files.ts';
import { CommandError, type CommandIo } from './command.ts';

/** A key of this user. */
export interface UserKey {
  /** The secret as base64url. */
  readonly text: string;
  /** Devices and groups for which `herald send --encrypt` takes it. */
  readonly targets: readonly string[];
  readonly key: SealKey;
}

/** Where the keys are: HERALD_E2E_KEYS, or a file in the folder for configs. */
export function keysFile(env: CommandIo['env']): string {
  const given = env['HERALD_E2E_KEYS'];
  if (given) return given;
  return join(env['XDG_CONFIG_HOME'] || join(env['HOME'] || homedir(), '.config'), 'herald', 'e2e.keys');
}

async function readLine(line: string, file: string): Promise<UserKey> {
  const [text = '', list = ''] = line.trim().split(/\s+/);
  const secret = fromBase64(text);
  if (secret?.length !== SECRET_BYTES) throw new CommandError(`${file} has a line that is not a key`);
  return { text, targets: list.split(',').filter((name) => name !== ''), key: await importSecret(secret) };
}

/**
 * All keys, the oldest first.
 * @throws CommandError if others may read the file, or if it has a line that is not a key
 */
export async function readKeys(env: CommandIo['env']): Promise<readonly UserKey[]> {
  const file = keysFile(env);
  let content: string;
  try {
    const { mode } = await lstat(file);
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      throw new CommandError(`${file} can be read by others: run chmod 600 on it, and make new keys`);
    }
    content = await readFile(file, 'utf8');
  } catch (error) {
    if (isMissing(error)) return [];
    if (error instanceof CommandError) throw error;
    throw new CommandError(`${file} cannot be read: ${(error as Error).message}`, 1, error);
  }
  const lines = content.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
  return Promise.all(lines.map((line) => readLine(line, file)));
}

/** Replaces the file, with mode 0600. */
export async function writeKeys(env: CommandIo['env'], keys: readonly Omit<UserKey, 'key'>[]): Promise<void> {
  const file = keysFile(env);
  const lines = keys.map(({ text, targets }) => `${text} ${targets.join()}`.trim());
  await mkdir(dirname(file), { recursive: true, mode: DIRECTORY_MODE });
  const part = `${file}.part`;
  await writeFlushed(part, `${lines.join('\n')}\n`);
  await rename(part, file);
  await flushName(file);
}

/** The key for messages to a recipient. The last one for it counts. @throws CommandError if there is none */
export function keyFor(keys: readonly UserKey[], target: string): UserKey {
  const found = keys.findLast(({ targets }) => targets.includes(target));
  if (found !== undefined) return found;
  throw new CommandError(
    `there is no key for ${target}: herald e2e new ${target} makes one, herald e2e add takes one in`,
  );
}
