// The part of the contract about the reports that wait for apps.
import { expect } from 'chai';
import type { NewReport } from '../../server/app-webhooks/report-store.ts';
import type { Backend } from '../../server/backends/backend.ts';
import { type Harness, itSeesCalls, useBackend } from './harness.ts';

const ODD = ['', '\0', 'a\0b', '\ud800', '手机', '"\'\\', '__proto__'];

const report = (body: string, more: Partial<NewReport> = {}): NewReport => ({
  app: '1',
  address: 'digest',
  hook: 0,
  request: `request of ${body}`,
  channels: ['a'],
  acceptedAt: 5,
  body,
  ...more,
});

export function describeReports(harness: Harness<Backend>): void {
  describe('appReports', () => {
    const relay = useBackend(harness);
    const requests = async () => (await relay.backend.appReports.load()).map(({ request }) => request.slice(11));

    it('are none at first', async () => {
      expect(await relay.backend.appReports.load()).to.deep.equal([]);
      expect(await relay.backend.appReports.body({ address: 'digest', seq: 1 })).to.equal(undefined);
    });

    it('are kept as they are over restarts, in order, until they are taken out', async () => {
      const { appReports } = relay.backend;
      const [first, second] = [
        report('{"a":"手"}', { channels: ODD, hook: 3 }),
        report('{}', { app: '__proto__', acceptedAt: 2 ** 50 }),
      ];
      const seqs = await Promise.all([appReports.add(first), appReports.add(second), appReports.add(report('[]'))]);
      expect(seqs).to.deep.equal([...seqs].sort((a, b) => a - b));
      const of = (seq: number | undefined) => ({ address: 'digest', seq: seq ?? 0, bytes: 2 });
      await appReports.remove(of(seqs[2]));
      await appReports.remove(of(99));
      await relay.reopen();
      const stored = [first, second].map(({ body, ...rest }, index) => ({
        ...rest,
        seq: seqs[index],
        bytes: Buffer.byteLength(body),
      }));
      const loaded = await relay.backend.appReports.load();
      for (const [index, { acceptedAt }] of loaded.entries()) {
        // Where the times are those of the backend, they are converted to this machine's clock.
        expect(acceptedAt).to.be.closeTo(stored[index]?.acceptedAt ?? 0, 1000);
      }
      const timeless = (reports: readonly object[]) => reports.map((one) => ({ ...one, acceptedAt: 0 }));
      expect(timeless(loaded)).to.deep.equal(timeless(stored));
      expect(await relay.backend.appReports.body(of(seqs[0]))).to.equal(first.body);
      const next = await relay.backend.appReports.add(report('next'));
      expect(next > (seqs[2] as number), 'no number is given twice').to.equal(true);
    });

    it('are replaced by their parts, which take their place', async () => {
      const { appReports } = relay.backend;
      await appReports.add(report('first'));
      await appReports.add(report('last'));
      const [whole] = await appReports.load();
      if (whole === undefined) throw new Error('nothing is stored');
      const parts = ['part 1', 'part 2'].map((part) => report(part));
      const seqs = await appReports.split(whole, parts);
      expect(await requests()).to.deep.equal(['part 1', 'part 2', 'last']);
      expect((await appReports.load()).slice(0, 2).map(({ seq }) => seq)).to.deep.equal(seqs);
      await relay.reopen();
      expect(await requests()).to.deep.equal(['part 1', 'part 2', 'last']);
    });

    itSeesCalls(harness, 'see what was called for just before', async () => {
      const { appReports } = relay.backend;
      const added = appReports.add(report('a'));
      expect(await requests()).to.deep.equal(['a']);
      const seq = await added;
      const one = { address: 'digest', seq, bytes: 1 };
      const removed = appReports.remove(one);
      expect(await appReports.body(one)).to.equal(undefined);
      await removed;
    });

    it('go with their app, and no other', async () => {
      const { appReports } = relay.backend;
      await Promise.all(['1', '11', '__proto__'].map((app) => appReports.add(report(app, { app }))));
      await appReports.forget('1');
      await appReports.forget('nobody');
      expect(await requests()).to.deep.equal(['11', '__proto__']);
    });

    it('refuse changes once it is closed', async () => {
      await relay.backend.close();
      const [result] = await Promise.allSettled([relay.backend.appReports.add(report('a'))]);
      expect(result?.status).to.equal('rejected');
    });
  });
}
