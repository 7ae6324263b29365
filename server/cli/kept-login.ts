// What `herald login` keeps: the address of one relay, and the token for it.
import { parseObject } from '../../shared/object.ts';
import { CommandError, type CommandIo } from './command.ts';
import { parseAddress } from './server-address.ts';
import { readUserFile, userFile } from './user-file.ts';

/** A login. `server` is an address as the user gave it. */
export interface KeptLogin {
  readonly server: string;
  readonly token?: string;
}

/** Where it is kept. */
export function loginFile(env: CommandIo['env']): string {
  return userFile(env, 'login.json');
}

/**
 * The login of this user; undefined if there is none.
 * @throws CommandError if others may read the file, or if it is damaged
 */
export async function readLogin(env: CommandIo['env']): Promise<KeptLogin | undefined> {
  const file = loginFile(env);
  const text = await readUserFile(file, 'run herald logout, log in again, and end the token that it had');
  if (text === undefined) return undefined;
  const { server, token } = parseObject(text) ?? {};
  if (typeof server !== 'string' || parseAddress(server) === undefined) {
    throw new CommandError(`${file} is damaged: run herald logout, and log in again`);
  }
  return { server, ...(typeof token === 'string' ? { token } : {}) };
}
