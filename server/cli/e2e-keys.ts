// The keys of this user for encrypted messages: one line each, with the recipients for whom the key is.
import { fromBase64, importSecret, SECRET_BYTES, type SealKey } from '../../shared/encrypted.ts';
import { CommandError, type CommandIo } from './command.ts';
import { readUserFile, userFile, writeUserFile } from './user-file.ts';

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
  return env['HERALD_E2E_KEYS'] || userFile(env, 'e2e.keys');
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
  const content = (await readUserFile(file, 'run chmod 600 on it, and make new keys')) ?? '';
  const lines = content.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
  return Promise.all(lines.map((line) => readLine(line, file)));
}

/** Replaces the file, with mode 0600. */
export async function writeKeys(env: CommandIo['env'], keys: readonly Omit<UserKey, 'key'>[]): Promise<void> {
  const file = keysFile(env);
  const lines = keys.map(({ text, targets }) => `${text} ${targets.join()}`.trim());
  await writeUserFile(file, `${lines.join('\n')}\n`);
}

/** The key for messages to a recipient. The last one for it counts. @throws CommandError if there is none */
export function keyFor(keys: readonly UserKey[], target: string): UserKey {
  const found = keys.findLast(({ targets }) => targets.includes(target));
  if (found !== undefined) return found;
  throw new CommandError(
    `there is no key for ${target}: herald e2e new ${target} makes one, herald e2e add takes one in`,
  );
}
