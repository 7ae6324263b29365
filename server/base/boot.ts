// How long the machine has been running. It shows what time passed while the relay was not running, whatever was done to
// the machine's clock, and counts the time that a laptop sleeps.
import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';

/** Time since the machine was started. */
export interface Boot {
  /** Names this start of the machine; empty where the system has no name for it. */
  readonly id: string;
  /** ms since then. */
  running(): number;
}

function readBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    // Only Linux has it.
    return '';
  }
}

/** This machine's. */
export function systemBoot(): Boot {
  return { id: readBootId(), running: () => Math.round(uptime() * 1000) };
}
