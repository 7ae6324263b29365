// How long the machine has been running. The relay measures its own downtime with this, because someone may set the
// machine's clock in the meantime. The time that a laptop sleeps counts.
import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';

/** Time since the machine was started. */
export interface Boot {
  /** Identifies this boot; empty on systems that give a boot no id. */
  readonly id: string;
  /** Milliseconds since the machine was started. */
  running(): number;
}

function readBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    // Only Linux has this file.
    return '';
  }
}

/** Reads the boot of this machine. */
export function systemBoot(): Boot {
  return { id: readBootId(), running: () => Math.round(uptime() * 1000) };
}
