import { expect } from 'chai';
import type { Client } from '../../server/outbound/client.ts';
import { createOutbound } from '../../server/outbound/outbound.ts';
import { NOT_PUBLIC } from '../../server/outbound/public-address.ts';
import { onCleanup } from '../support/cleanup.ts';
import { fakeClock } from '../support/clock.ts';
import { eventually } from '../support/eventually.ts';
import { startTarget } from '../transports/webhook/servers.ts';

const never = new AbortController().signal;
const get = (client: Client, url: string) =>
  client.send({ method: 'GET', url: new URL(url), headers: {}, proxy: undefined }, never);

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

  it('calls no address inside the network for a client that is for the public internet', async () => {
    const target = await startTarget();
    onCleanup(() => target.close());
    const outbound = createOutbound({ clock: fakeClock(), maxSockets: 2 });
    onCleanup(() => outbound.close());
    const url = `http://localhost:${target.port}/`;
    const fault = NOT_PUBLIC;
    expect(await get(outbound.client({ timeout: 1000, publicOnly: true }), url)).to.deep.equal({ fault });
    expect(await get(outbound.client({ timeout: 1000 }), url)).to.include({ status: 200 });
    expect(target.arrived).to.have.length(1);
  });

  it('closes all its clients', async () => {
    const outbound = createOutbound({ clock: fakeClock(), maxSockets: 2 });
    const client = outbound.client({ timeout: 1000 });
    outbound.close();
    expect(await get(client, 'http://127.0.0.1:1/')).to.deep.equal({ fault: 'aborted' });
  });
});
