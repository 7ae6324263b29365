// Real browsers in tests, headless, with push that stays on this machine. This file: where a program is. No test lives
// here.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The full path of the first of these programs that is on PATH. @throws Error that says how to install one */
export function findProgram(...names: readonly [string, ...string[]]): string {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const found = names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
  if (found === undefined) throw new Error(`${names[0]} is missing: sudo apt-get install ${names[0]}`);
  return found;
}
