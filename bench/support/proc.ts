// CPU time and memory of a process, as Linux shows them.
import { readdirSync, readFileSync } from 'node:fs';

const KB = 2 ** 10;

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    if (process.platform !== 'linux')
      throw new Error('this benchmark reads /proc, which only Linux has', { cause: error });
    // The process or thread ended in the meantime.
    return '';
  }
}

function tasks(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

/** CPU time of all its living threads, in µs. The scheduler counts it in ns, the usual figures only in ticks. */
export function cpuTime(pid: number): number {
  return tasks(pid).reduce(
    (sum, task) => sum + Number(read(`/proc/${pid}/task/${task}/schedstat`).split(' ')[0]) / 1000,
    0,
  );
}

/** Resident memory in bytes. */
export function residentMemory(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) * KB;
}
