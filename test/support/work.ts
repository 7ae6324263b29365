// How much work something is, whatever else the machine does meanwhile.

/** The processor time in ms that a deed takes; the time in which this process waits for the processor does not count. */
export function workOf(deed: () => void): number {
  const before = process.cpuUsage();
  deed();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
