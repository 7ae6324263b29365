import { expect } from 'chai';
import { onCleanup } from '../../support/cleanup.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { client, kept, NOBODY, PACKET, start, target } from './fixtures.ts';
import { makeCertificate, startProxy } from './servers.ts';

describe('deliver to an http target through a proxy', () => {
  it('asks the proxy in absolute form', async () => {
    const { url, port, arrived } = await target();
    const proxy = kept(await startProxy());
    const { deliver } = start({ proxy: NOBODY });
    const address = client(`${url}/p?x=[1]`, { proxy: `http://me:p%40ss@127.0.0.1:${proxy.port}/`, method: 'GET' });
    expect(await deliver(address)).to.deep.equal({ kind: 'confirmed' });
    expect(proxy.arrived[0]?.url).to.match(
      new RegExp(`^${url}/p\\?x=\\[1\\]&sendType=personal&.*&text=a\\+b&desp=&n=1$`),
    );
    expect(proxy.arrived[0]?.headers).to.include({
      host: `127.0.0.1:${port}`,
      authorization: 'secret',
      'proxy-authorization': `Basic ${Buffer.from('me:p@ss').toString('base64')}`,
    });
    expect(arrived[0]?.headers).to.include({ via: '1.1 proxy' });
  });

  it('asks a proxy that speaks TLS itself', async () => {
    const certificate = makeCertificate(await tempDir());
    const { url, arrived } = await target();
    const proxy = kept(await startProxy(certificate));
    for (const host of ['127.0.0.1', 'localhost']) {
      const { deliver } = start({ ca: certificate.cert, proxy: `https://${host}:${proxy.port}` });
      expect(await deliver(client(`${url}/`))).to.deep.equal({ kind: 'confirmed' });
    }
    expect(arrived).to.have.length(2);
    expect(proxy.arrived[0]).to.include({ method: 'POST', url: `${url}/`, body: PACKET });
  });

  it('tries again when the proxy is not there', async () => {
    const { url } = await target();
    expect(await start({ proxy: NOBODY }).deliver(client(url))).to.deep.equal({
      kind: 'retry',
      reason: 'ECONNREFUSED',
    });
  });

  it('uses no proxy of the environment', async () => {
    const before = { ...process.env };
    onCleanup(async () => {
      process.env = before;
    });
    const proxy = kept(await startProxy());
    for (const name of ['http_proxy', 'https_proxy', 'all_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY']) {
      process.env[name] = proxy.url;
    }
    delete process.env['no_proxy'];
    delete process.env['NO_PROXY'];
    const { url, arrived } = await target();
    await start().deliver(client(url));
    expect([arrived.length, proxy.arrived.length]).to.deep.equal([1, 0]);
  });
});
