// Requests to webhooks at the end of a whole relay.
import { expect } from 'chai';
import { onCleanup } from '../support/cleanup.ts';
import { eventually } from '../support/eventually.ts';
import { world } from '../world.ts';
import { startTarget } from './webhook/servers.ts';

describe('a relay that ends while a webhook is called', () => {
  it('waits for the answer, and does not call again after the start', async () => {
    let answer = () => {};
    const target = await startTarget((response) => {
      answer = () => response.end();
    });
    onCleanup(() => target.close());
    const relay = await world({ config: { webhook: { clients: [{ name: 'wh', url: target.url }] } } });
    await relay.request('/wh.send?text=one&wait=0');
    await eventually('it is called', () => target.arrived.length === 1);
    await relay.request('/wh.send?text=two&wait=0');
    const stopped = relay.stop();
    setImmediate(answer);
    await stopped;
    expect(target.arrived).to.have.length(1);
    await relay.start();
    await eventually('the next message comes', () => target.arrived.length === 2);
    expect(target.arrived.map(({ body }) => JSON.parse(body).data.message.text)).to.deep.equal(['one', 'two']);
  });
});
