// The part of the contract about a process that is killed.
import { expect } from 'chai';
import type { EmbeddedBackend } from '../../server/backends/embedded/index.ts';
import { type Harness, useBackend } from './harness.ts';
import { startWriter } from './writer.ts';

export function describeCrash(harness: Harness<EmbeddedBackend>): void {
  describe('after SIGKILL', () => {
    const relay = useBackend(harness);

    it('has everything whose promise had resolved, and opens at once', async () => {
      await relay.backend.close();
      const writer = startWriter(harness.module, relay.place);
      await writer.told(200);
      const told = await writer.kill();
      const { log, devices, secrets, pendingLeaves, appReports } = await relay.reopen();

      const history = new Map(
        (await log.history('phone', '0', { limit: 1e6 })).entries.map((one) => [one.mid, one.status]),
      );
      const names = new Set((await devices.load()).map(({ name }) => name));
      const read = await log.areRead([...history.keys()]);
      const owed = new Set((await pendingLeaves.load()).map(({ channel }) => channel));
      expect(owed, 'what was called for in one turn').to.deep.equal(new Set(history.keys()));
      const reports = new Set((await appReports.load()).map(({ request }) => request));
      expect(reports, 'what was called for in one turn').to.deep.equal(new Set(history.keys()));
      for (const line of told) {
        const [what, value = ''] = line.split(' ');
        if (what === 'append') expect(history.has(value), line).to.equal(true);
        if (what === 'report') expect(reports.has(value), line).to.equal(true);
        if (what === 'owe') expect(owed.has(value), line).to.equal(true);
        if (what === 'record') expect(history.get(value), line).to.equal('ok');
        if (what === 'read') expect(read.has(value), line).to.equal(true);
        if (what === 'device') expect(names.has(value), line).to.equal(true);
        if (what === 'secret') expect(await secrets.get('token', () => 'another')).to.equal(value);
      }
      expect(new Set(told.map((line) => line.split(' ')[0]))).to.deep.equal(
        new Set(['append', 'owe', 'report', 'record', 'read', 'device', 'secret']),
      );
      expect(BigInt(await log.lastMid()) >= BigInt([...history.keys()].at(-1) ?? '0')).to.equal(true);
    });
  });
}
