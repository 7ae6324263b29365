import { expect } from 'chai';
import type { Client } from '../../server/outbound/client.ts';
import { createOutbound } from '../../server/outbound/outbound.ts';
import { NOT_PUBLIC } from '../../server/outbound/public-address.ts';
import { onCleanup } from '../support/cleanup.ts';
import { fakeClock } from '../support/clock.ts';
import { eventually } from '../support/eventually.ts';
import { startProxy, startTarget } from '../transports/webhook/servers.ts';
import { certificate, startHttp2 } from './http2-target.ts';

const never = new AbortController().signal;
const get = (client: Client, url: string, proxy?: string) =>
  client.send({ method: 'GET', url: new URL(url), headers: {}, proxy }, never);

describe('createOutbound', () => {
  it('bounds the requests of all its clients together', async () => {
    const ends: (() => void)[] = [];
    const target = await startTarget((response) => void ends.push(() => response.end()));
    onCleanup(() => target.close());
    const outbound = createOutbound({ clock: fakeClock(), maxSockets: 2 });
    onCleanup(() => outbound.close());
    const clients = [1, 2, 3].map(() => outbound.client({ timeout: 1000 }));
    const answers = clients.map((client) => get(client, target.url));
    await eventually('two requests are there', () => target.arrived.length === 2);
    ends.shift()?.();
    await eventually('the third is there', () => target.arrived.length === 3);
    for (const end of ends) end();
    await Promise.all(answers);
  });

  describe('with a client that is for the public internet', () => {
    const hosts = [
      '127.0.0.1',
      '127.1',
      '2130706433',
      '0x7f000001',
      '0177.0.0.1',
      '0',
      '10.0.0.1',
      '169.254.169.254',
      '192.168.1.1',
      '[::1]',
      '[::]',
      '[::ffff:127.0.0.1]',
      '[::ffff:7f00:1]',
      '[::127.0.0.1]',
      '[64:ff9b::7f00:1]',
      '[fe80::1]',
      '[fd00::1]',
      'localhost',
      'LOCALHOST',
    ];
    for (const host of hosts) {
      it(`does not call ${host}, directly or through a proxy`, async () => {
        const [http, https, proxy] = [await startTarget(), await startHttp2(), await startProxy()];
        for (const running of [http, proxy]) onCleanup(() => running.close());
        const outbound = createOutbound({ clock: fakeClock(), maxSockets: 2, ca: certificate.cert });
        onCleanup(() => outbound.close());
        const client = outbound.client({ timeout: 1000, publicOnly: true, http2: true });
        for (const url of [`http://${host}:${http.port}/`, `https://${host}:${new URL(https.url).port}/`]) {
          expect(await get(client, url), url).to.deep.equal({ fault: NOT_PUBLIC });
          expect(await get(client, url, proxy.url), url).to.deep.equal({ fault: NOT_PUBLIC });
        }
        expect(http.sockets.accepted + proxy.sockets.accepted + https.sessions.length).to.equal(0);
      });
    }
  });

  it('calls addresses inside the network for other clients', async () => {
    const target = await startTarget();
    onCleanup(() => target.close());
    const outbound = createOutbound({ clock: fakeClock(), maxSockets: 2 });
    onCleanup(() => outbound.close());
    for (const host of ['127.0.0.1', 'localhost', '2130706433']) {
      const answer = await get(outbound.client({ timeout: 1000 }), `http://${host}:${target.port}/`);
      expect(answer, host).to.include({ status: 200 });
    }
  });

  it('closes all its clients', async () => {
    const outbound = createOutbound({ clock: fakeClock(), maxSockets: 2 });
    const client = outbound.client({ timeout: 1000 });
    outbound.close();
    expect(await get(client, 'http://127.0.0.1:1/')).to.deep.equal({ fault: 'aborted' });
  });
});
