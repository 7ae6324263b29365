// How many connections one process may hold on this machine.
import { readFileSync } from 'node:fs';

/** Descriptors that a process needs besides its connections. */
const SPARE = 200;

/** The wanted number, or as many as the machine allows. Node itself raises the soft limit to the hard one. */
export function openable(wanted: number): number {
  try {
    const limits = readFileSync('/proc/self/limits', 'utf8');
    const open = Number(/^Max open files +(\d+)/m.exec(limits)?.[1] ?? wanted + SPARE);
    return Math.min(wanted, open - SPARE);
  } catch {
    return wanted;
  }
}
