import { expect } from 'chai';
import { eventually } from '../../support/eventually.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { client, gone, kept, PACKET, start, TIMEOUT, target } from './fixtures.ts';
import { type Certificate, makeCertificate, startProxy } from './servers.ts';

describe('deliver to an https target', () => {
  let certificate: Certificate;
  beforeEach(async () => {
    certificate = makeCertificate(await tempDir());
  });

  it('checks the certificate', async () => {
    const { url, arrived } = await target(undefined, certificate);
    const outcome = await start().deliver(client(url));
    expect(outcome).to.deep.equal({ kind: 'retry', reason: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    expect(arrived).to.deep.equal([]);
    expect(await start({ ca: certificate.cert }).deliver(client(url))).to.deep.equal({ kind: 'confirmed' });
  });

  for (const host of ['127.0.0.1', 'localhost']) {
    it(`tunnels to ${host} through the proxy, which sees neither message nor token`, async () => {
      const { port, arrived } = await target(undefined, certificate);
      const proxy = kept(await startProxy());
      const { deliver } = start({ ca: certificate.cert, proxy: `http://me:p%40ss@127.0.0.1:${proxy.port}` });
      const address = client(`https://${host}:${port}/p`);
      for (let n = 0; n < 3; n += 1) expect(await deliver(address)).to.deep.equal({ kind: 'confirmed' });
      expect(arrived).to.have.length(3);
      expect(arrived[0]).to.include({ method: 'POST', url: '/p', body: PACKET });
      expect(arrived[0]?.headers).to.include({ authorization: 'secret', host: `${host}:${port}` });
      expect(arrived[0]?.headers).not.to.have.property('proxy-authorization');
      // One tunnel for all three.
      expect(proxy.arrived).to.have.length(1);
      expect(proxy.arrived[0]).to.include({ method: 'CONNECT', url: `${host}:${port}` });
      expect(proxy.arrived[0]?.headers).to.include({
        'proxy-authorization': `Basic ${Buffer.from('me:p@ss').toString('base64')}`,
      });
      expect(proxy.arrived[0]?.headers).not.to.have.property('authorization');
    });
  }

  it('checks the certificate through a tunnel too', async () => {
    const { url, arrived } = await target(undefined, certificate);
    const proxy = kept(await startProxy());
    const outcome = await start({ proxy: proxy.url }).deliver(client(url));
    expect(outcome).to.deep.equal({ kind: 'retry', reason: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    expect(arrived).to.deep.equal([]);
  });

  for (const [host, names] of [
    ['127.0.0.1', 'DNS:localhost'],
    ['localhost', 'IP:127.0.0.1'],
  ]) {
    it(`refuses a certificate of ${names} for ${host}, with and without a tunnel`, async () => {
      const other = makeCertificate(await tempDir(), names);
      const { port, arrived } = await target(undefined, other);
      const proxy = kept(await startProxy());
      for (const over of [{}, { proxy: proxy.url }]) {
        const outcome = await start({ ca: other.cert, ...over }).deliver(client(`https://${host}:${port}/`));
        expect(outcome).to.deep.equal({ kind: 'retry', reason: 'ERR_TLS_CERT_ALTNAME_INVALID' });
      }
      expect(arrived).to.deep.equal([]);
    });
  }

  it('tunnels through a proxy that speaks TLS itself', async () => {
    const { url, arrived } = await target(undefined, certificate);
    const proxy = kept(await startProxy(certificate));
    const { deliver } = start({ ca: certificate.cert, proxy: proxy.url });
    expect(await deliver(client(url))).to.deep.equal({ kind: 'confirmed' });
    expect(arrived).to.have.length(1);
  });

  for (const status of ['204 No Content', '302 Found', '407 Proxy Authentication Required', '502 Bad Gateway']) {
    it(`does not take ${status} from the proxy for the target's answer`, async () => {
      const { url } = await target(undefined, certificate);
      const proxy = kept(await startProxy(undefined, (socket) => socket.end(`HTTP/1.1 ${status}\r\n\r\n`)));
      const outcome = await start({ ca: certificate.cert, proxy: proxy.url }).deliver(client(url));
      expect(outcome).to.deep.equal({ kind: 'retry', reason: `proxy answered ${status.slice(0, 3)}` });
    });
  }

  it('lets go of a proxy that never answers', async () => {
    const { url } = await target(undefined, certificate);
    const proxy = kept(await startProxy(undefined, (socket) => socket.resume().on('end', () => socket.end())));
    const { deliver, fake } = start({ ca: certificate.cert, proxy: proxy.url });
    const arrives = proxy.next();
    const outcome = deliver(client(url));
    await arrives;
    fake.tick(TIMEOUT);
    expect(await outcome).to.deep.equal({ kind: 'retry', reason: 'no answer within 10000 ms' });
    await gone(proxy);
  });

  it('lets go of a target that never shakes hands behind a tunnel', async () => {
    const silent = await target();
    const proxy = kept(await startProxy());
    const { deliver, fake } = start({ proxy: proxy.url });
    const arrives = proxy.next();
    const outcome = deliver(client(`https://127.0.0.1:${silent.port}/`));
    await arrives;
    await eventually('the proxy has a connection', () => silent.sockets.accepted === 1);
    fake.tick(TIMEOUT);
    expect(await outcome).to.have.property('kind', 'retry');
    await gone(proxy);
  });
});
