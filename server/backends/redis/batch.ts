// Calls of one turn of the event loop that Redis gets as one script. A turn under load reads many sockets, and each script has
// fixed costs for the node, for Redis, and for the nodes that its notices go to.

/** Collects calls until the turn ends. */
export interface Batch<Call, Answer> {
  /** Resolves to the answer to this call. */
  add(call: Call): Promise<Answer>;
  /** Sends what was collected, so that it comes before what is sent next. */
  flush(): void;
}

interface Waiting<Call, Answer> {
  readonly call: Call;
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}

/**
 * Makes a batch.
 * @param most the most calls of one script
 * @param run gives one answer for each call, in their order
 */
export function createBatch<Call, Answer>(
  most: number,
  run: (calls: readonly Call[]) => Promise<readonly Answer[]>,
): Batch<Call, Answer> {
  let waiting: Waiting<Call, Answer>[] = [];
  let end: NodeJS.Immediate | undefined;

  async function send(together: readonly Waiting<Call, Answer>[]): Promise<void> {
    try {
      const answers = await run(together.map(({ call }) => call));
      for (const [index, { resolve }] of together.entries()) resolve(answers[index] as Answer);
    } catch (error) {
      for (const { reject } of together) reject(error);
    }
  }

  function flush(): void {
    clearImmediate(end);
    end = undefined;
    const together = waiting;
    waiting = [];
    if (together.length > 0) void send(together);
  }

  return {
    add: (call) =>
      new Promise((resolve, reject) => {
        waiting.push({ call, resolve, reject });
        if (waiting.length === most) flush();
        else end ??= setImmediate(flush);
      }),
    flush,
  };
}
