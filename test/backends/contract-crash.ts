// The part of the contract about a process that is killed.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import type { Backend } from '../../server/backends/backend.ts';
import { type Harness, useBackend } from './harness.ts';

const PROGRAM = fileURLToPath(new URL('./crash-program.ts', import.meta.url));

/** Runs the writing program and kills it once it told of `count` promises; resolves to what it told. */
async function killAfter(harness: Harness<Backend>, place: string, count: number): Promise<string[]> {
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), PROGRAM, harness.module.href, place], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const told: string[] = [];
  // Lines that were on their way when it was killed count as well: it had told them.
  for await (const line of createInterface({ input: child.stdout })) {
    told.push(line);
    if (told.length === count) child.kill('SIGKILL');
  }
  const [, signal] = await exited;
  expect(signal).to.equal('SIGKILL');
  return told;
}

export function describeCrash(harness: Harness<Backend>): void {
  describe('after SIGKILL', () => {
    const relay = useBackend(harness);

    it('has everything whose promise had resolved, and opens at once', async () => {
      await relay.backend.close();
      const told = await killAfter(harness, relay.place, 200);
      const { log, devices, secrets } = await relay.reopen();

      const history = new Map((await log.history('phone', '0', 1e6)).map((one) => [one.message.mid, one.status]));
      const names = new Set((await devices.load()).map(({ name }) => name));
      for (const line of told) {
        const [what, value = ''] = line.split(' ');
        if (what === 'append') expect(history.has(value), line).to.equal(true);
        if (what === 'record') expect(history.get(value), line).to.equal('ok');
        if (what === 'device') expect(names.has(value), line).to.equal(true);
        if (what === 'secret') expect(await secrets.get('token', () => 'another')).to.equal(value);
      }
      expect(new Set(told.map((line) => line.split(' ')[0]))).to.deep.equal(
        new Set(['append', 'record', 'device', 'secret']),
      );
      expect(BigInt(log.lastMid()) >= BigInt([...history.keys()].at(-1) ?? '0')).to.equal(true);
    });
  });
}
