// Measures how much work something is, even on a busy machine.

/** The CPU time in ms that a function takes. Time in which this process waits for the CPU does not count. */
export function workOf(deed: () => void): number {
  const before = process.cpuUsage();
  deed();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
