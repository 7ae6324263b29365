// Both apps over the relay's own https, whose certificate the phone trusts.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { forSuite } from '../../support/cleanup.ts';
import { createSelfSigned } from '../../support/push-service/self-signed.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { TOKEN, world } from '../../world.ts';
import { OkHttpProgram, VERSIONS } from './program.ts';

for (const version of VERSIONS) {
  describe(`https, by OkHttp ${version}`, () => {
    const suite = forSuite(async () => {
      const dir = await tempDir();
      const { cert, key } = createSelfSigned(['localhost', '127.0.0.1']);
      const tls = { cert: join(dir, 'cert.pem'), key: join(dir, 'key.pem') };
      writeFileSync(tls.cert, cert);
      writeFileSync(tls.key, key);
      const relay = await world({ realTime: true, config: { http: { tls } } });
      const url = `https://127.0.0.1:${relay.ports.http}`;
      return { trusting: OkHttpProgram.start(version, tls.cert), doubting: OkHttpProgram.start(version), url };
    });

    for (const by of ['ws', 'json']) {
      it(`carries ntfy's app, which listens by ${by} and fetches a file`, async () => {
        const { trusting, url } = suite();
        const app = await trusting.app('ntfy', { url, user: 'phil', password: TOKEN });
        await app.call('listen', { topics: [`tls-${by}`], by });
        await app.until('open', 1);
        const file = { length: 300_000, type: 'application/octet-stream' };
        const sent = await app.call('publish', { topic: `tls-${by}`, message: 'look', filename: 'a.bin', file });
        expect([sent.status, sent.protocol]).to.deep.equal([200, 'http/1.1']);
        const [event] = await app.until('notified', 1);
        const { url: address } = event?.['message'].attachment ?? {};
        expect(address).to.match(/^https:\/\/127\.0\.0\.1:\d+\/file\//);
        expect(await app.call('download', { url: address })).to.include({ status: 200, length: 300_000 });
        await app.call('stop');
      });
    }

    it("carries Gotify's app", async () => {
      const { trusting, url } = suite();
      const app = await trusting.app('gotify', { url });
      await app.call('login', { user: 'family', password: TOKEN, device: 'Pixel' });
      await app.call('start');
      await app.until('opened', 1);
      const sender = await trusting.app('ntfy', { url, user: 'phil', password: TOKEN });
      expect((await sender.call('publish', { topic: 'family', message: 'hi' })).status).to.equal(200);
      expect((await app.until('notified', 1))[0]?.['message']).to.include({ message: 'hi' });
      await app.call('stop');
    });

    it('is refused by a phone that does not know the certificate', async () => {
      const { doubting, url } = suite();
      const app = await doubting.app('ntfy', { url, user: 'phil', password: TOKEN, retry: 60_000 });
      await app.call('listen', { topics: ['tls'], by: 'ws' });
      const [failed] = await app.until('failed', 1);
      expect(failed?.['error']).to.include('SSLHandshakeException');
      await app.call('stop');
    });
  });
}
