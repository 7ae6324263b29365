// A folder in memory for what the tests write. They start thousands of relays, each of which writes 8 MiB and flushes
// several times before it listens. On a disk, the tests wait for that most of the time.
import { mkdtempSync, readFileSync, statfsSync } from 'node:fs';
import { join } from 'node:path';

/** Where Linux has a file system in memory. */
const SHARED_MEMORY = '/dev/shm';
/** Bytes that must be free there. The tests have 180 MB at once. */
const NEEDED = 2 ** 30;

/** The options with which a file system is mounted. */
function mountOptions(mounts, at) {
  const line = mounts.split('\n').find((row) => row.split(' ')[1] === at);
  return line?.split(' ')[3]?.split(',') ?? [];
}

/**
 * Makes the folder. @returns its path; undefined if there is no file system in memory with enough room, or if programs
 * cannot be started there, as in most containers
 */
export function memoryFolder(at = SHARED_MEMORY, needed = NEEDED) {
  try {
    const { bavail, bsize } = statfsSync(at);
    const options = mountOptions(readFileSync('/proc/mounts', 'utf8'), at);
    if (bavail * bsize < needed || !options.includes('rw') || options.includes('noexec')) return undefined;
    return mkdtempSync(join(at, 'herald-tests-'));
  } catch {
    return undefined;
  }
}
