// A relay that may have few files open, and more connections than that.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import { onCleanup } from '../support/cleanup.ts';
import { eventually } from '../support/eventually.ts';
import { tempDir } from '../support/temp-dir.ts';
import { startTarget } from '../transports/webhook/servers.ts';
import { spawnRelay, TOKEN } from './relay-process.ts';

const LIMIT = 160;

describe('a relay without a free file descriptor for further connections', () => {
  it('still delivers to webhooks, even the first message', async () => {
    const target = await startTarget();
    onCleanup(() => target.close());
    const clients = [{ name: 'wh', url: target.url }];
    const relay = await spawnRelay(await tempDir(), { config: { webhook: { clients } }, files: LIMIT });
    onCleanup(() => relay.kill());
    const sender = new AbortController();
    onCleanup(() => sender.abort());
    // Its connection is kept for the send below.
    expect((await fetch(relay.url('/health'))).status).to.equal(200);
    const sockets: Socket[] = [];
    onCleanup(() => {
      for (const socket of sockets) socket.destroy();
    });
    let turnedAway = 0;
    for (let n = 0; n < 2 * LIMIT; n += 1) {
      const socket = connect(relay.port, '127.0.0.1').on('error', () => {});
      socket.on('close', () => {
        turnedAway += 1;
      });
      sockets.push(socket);
      await once(socket, 'connect');
    }
    await eventually('some are turned away', () => turnedAway > LIMIT / 2);
    // One makes room for the request of the sender.
    sockets.find((socket) => !socket.closed)?.destroy();
    const answer = await eventually('the message is accepted', () =>
      fetch(relay.url('/wh.send?text=hi'), { headers: { authorization: TOKEN } }),
    );
    expect((await answer.json()).data.status.wh ?? 'ok').to.equal('ok');
    expect(target.arrived).to.have.length(1);
  });
});
