// How many files and sockets this process may have open at once.
import { readFileSync } from 'node:fs';

/**
 * The limit of file descriptors; undefined if the system does not report it. Node raises the soft limit to the hard
 * one.
 */
export function descriptorLimit(read: () => string = readLimits): number | undefined {
  try {
    const found = /^Max open files +(\d+)/m.exec(read())?.[1];
    return found === undefined ? undefined : Number(found);
  } catch {
    return undefined;
  }
}

function readLimits(): string {
  return readFileSync('/proc/self/limits', 'utf8');
}
