// A relay's writes in a process of its own, to be killed or to be backed up while it runs.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { soon } from '../support/eventually.ts';

const PROGRAM = fileURLToPath(new URL('./writer-program.ts', import.meta.url));

/** A running writer. */
export interface Writer {
  /** Resolves to the first `count` promises that it told of. */
  told(count: number): Promise<string[]>;
  /** Ends it with SIGKILL; resolves to everything that it had told. */
  kill(): Promise<string[]>;
}

/** Starts one. `module` exports `open`, see the harness. With `large`, it writes only many large messages. */
export function startWriter(module: URL, place: string, load: 'mixed' | 'large' = 'mixed'): Writer {
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), PROGRAM, module.href, place, load], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  return {
    async told(count) {
      while (lines.length < count) {
        const [what] = await soon(
          `line ${count} of the writer`,
          Promise.race([once(reader, 'line'), closed.then(() => ['closed'])]),
          { last: () => lines.at(-1) },
        );
        if (what === 'closed') throw new Error('the writer ended by itself');
      }
      return lines.slice(0, count);
    },
    async kill() {
      child.kill('SIGKILL');
      await closed;
      return lines;
    },
  };
}
