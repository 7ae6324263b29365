// Run by writer.ts in a process of its own: writes until it is killed, and tells of each promise that resolved.
import { writeSync } from 'node:fs';
import type { EmbeddedBackend } from '../../server/backends/embedded/index.ts';
import { message } from './harness.ts';

const [module = '', place = '', load = ''] = process.argv.slice(2);
const { open } = (await import(module)) as { open(place: string): Promise<EmbeddedBackend> };
const { log, devices, secrets, pendingLeaves, appReports } = await open(place);

/** Tells at once, before anything else happens. While the pipe is full, it tries again. */
function tell(line: string): void {
  for (let rest = Buffer.from(`${line}\n`); rest.length > 0; ) {
    try {
      rest = rest.subarray(writeSync(1, rest));
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'EAGAIN') throw error;
    }
  }
}

tell(`secret ${await secrets.get('token', () => 'first')}`);

let mid = Number(await log.lastMid());

/** Fills the journal of an embedded backend quickly. */
async function writeLarge(): Promise<never> {
  for (;;) {
    mid += 1;
    const own = String(mid);
    await log.append(message(own, 'x'.repeat(20_000)), ['phone']);
    tell(`append ${own}`);
    if (await log.record(own, 'phone', 'ok')) tell(`record ${own}`);
  }
}

async function write(writer: number): Promise<never> {
  for (;;) {
    mid += 1;
    const own = String(mid);
    // Called for in one turn, so that a crash keeps all or none.
    const owed = pendingLeaves.add({ app: '1', channel: own, user: '' });
    const common = { app: '1', address: 'x', hook: 0, channels: [], acceptedAt: 1, body: '{}' };
    const reported = appReports.add({ ...common, request: own });
    await log.append(message(own), ['phone', `phone ${writer}`]);
    tell(`append ${own}`);
    await owed;
    tell(`owe ${own}`);
    await reported;
    tell(`report ${own}`);
    if (await log.record(own, 'phone', 'ok')) tell(`record ${own}`);
    if (mid % 8 !== 0) continue;
    if ((await log.markRead([own])).length === 1) tell(`read ${own}`);
    const name = `d${own}`;
    await devices.put({ name, groups: [], routes: {}, secured: false, createdAt: 1 });
    tell(`device ${name}`);
  }
}

await Promise.all(Array.from({ length: 8 }, (_, writer) => (load === 'large' ? writeLarge() : write(writer))));
