import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { WebSocketServer } from 'ws';
import { Device } from '../../../bench/clients/device.ts';
import { onCleanup } from '../../support/cleanup.ts';

/** A relay that lets every device in, and sends it messages with these mids. */
async function relay(mids: readonly number[]): Promise<number> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  onCleanup(() => {
    for (const client of server.clients) client.terminate();
    server.close();
  });
  server.on('connection', (socket) =>
    socket.once('message', () => {
      socket.send('{"cmd":"AUTH","data":{"code":200}}');
      for (const mid of mids) socket.send(`{"cmd":"MESSAGE","data":{"mid":"${mid}"}}`);
    }),
  );
  await new Promise((resolve) => server.once('listening', resolve));
  return (server.address() as AddressInfo).port;
}

describe('a device of the benchmarks', () => {
  it('tells messages that come again from those that come after later ones', async () => {
    const mids = [1, 4, 2, 4, 5, 1, 3, 6];
    const heard: number[] = [];
    const port = await relay(mids);
    const onMessage = (mid: number) => void heard.push(mid);
    const device = await Device.open({ port, name: 'phone', group: '', delay: 0, onMessage });
    await device.has(mids.length);
    expect(heard).to.deep.equal(mids);
    expect([device.repeated, device.disordered]).to.deep.equal([2, 2]);
    await device.end();
  });
});
