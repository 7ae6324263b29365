// Files of this user that no one else may read: keys for encrypted messages, and the token of a login.
import { lstat, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { DIRECTORY_MODE, flushName, isMissing, writeFlushed } from '../base/files.ts';
import { CommandError, type CommandIo } from './command.ts';

/** The path of a file in the folder for configs of this user. */
export function userFile(env: CommandIo['env'], name: string): string {
  return join(env['XDG_CONFIG_HOME'] || join(env['HOME'] || homedir(), '.config'), 'herald', name);
}

/**
 * The text of a file; undefined if there is none.
 * @param remedy what to do if others may read it
 * @throws CommandError if others may read it, or if it cannot be read
 */
export async function readUserFile(file: string, remedy: string): Promise<string | undefined> {
  try {
    const { mode } = await lstat(file);
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      throw new CommandError(`${file} can be read by others: ${remedy}`);
    }
    return await readFile(file, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    if (error instanceof CommandError) throw error;
    throw new CommandError(`${file} cannot be read: ${(error as Error).message}`, 1, error);
  }
}

/** Replaces the file, with mode 0600. @throws CommandError if it cannot be written */
export async function writeUserFile(file: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true, mode: DIRECTORY_MODE });
    const part = `${file}.part`;
    // What an interrupted write left there may have another mode, or lead elsewhere.
    await rm(part, { force: true });
    await writeFlushed(part, text);
    await rename(part, file);
    await flushName(file);
  } catch (error) {
    throw new CommandError(`${file} cannot be written: ${(error as Error).message}`, 1, error);
  }
}

/** Removes the file. @returns whether there was one. @throws CommandError if it cannot be removed */
export async function removeUserFile(file: string): Promise<boolean> {
  try {
    await rm(file);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw new CommandError(`${file} cannot be removed: ${(error as Error).message}`, 1, error);
  }
}
