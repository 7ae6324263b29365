// What the benchmarks share: child processes, slices, statistics, the table and the drawing. No measurement lives here.
// This file: calls from the benchmark to a child process, as the child sees them.

/** One call to a child. */
export interface Call {
  readonly id: number;
  readonly name: string;
  readonly argument: unknown;
}

/** The result of a call. */
export type CallResult =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: string };

/** The calls that a child answers, by name. */
export type Handlers = Readonly<Record<string, (argument: never) => unknown>>;

/** The calls that every child answers. */
const probes: Handlers = {
  /** CPU time of all threads so far, in µs. */
  cpu() {
    const { user, system } = process.cpuUsage();
    return user + system;
  },
};

/** Answers the benchmark's calls. The process ends when the benchmark ends, even if that crashes. */
export function answerCalls(handlers: Handlers): void {
  const known: Handlers = { ...probes, ...handlers };
  process.on('message', async ({ id, name, argument }: Call) => {
    try {
      const result = await known[name]?.(argument as never);
      process.send?.({ id, result } satisfies CallResult);
    } catch (error) {
      process.send?.({ id, error: error instanceof Error ? String(error.stack) : String(error) } satisfies CallResult);
    }
  });
  process.on('disconnect', () => process.exit());
}
