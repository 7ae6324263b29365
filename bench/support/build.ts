// Builds the systems under test, which run as they are shipped: compiled JavaScript in plain node.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Builds the programs of the benchmarks. @throws Error with the compiler's output */
export function build(): void {
  const compiler = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url));
  const { status, stdout } = spawnSync(process.execPath, [compiler, '-b', 'bench'], { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`the benchmarks could not be built:\n${stdout}`);
}
