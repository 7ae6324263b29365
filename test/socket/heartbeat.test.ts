import { once } from 'node:events';
import { expect } from 'chai';
import { WebSocket } from 'ws';
import { createHeartbeat } from '../../server/socket/heartbeat.ts';
import { fakeClock } from '../support/clock.ts';
import { latest, PING_INTERVAL, startLayer, startSlowLayer } from './layer.ts';

describe('the heartbeat', () => {
  it('cuts off a socket that did not answer the last ping', async () => {
    const layer = await startLayer();
    const ws = new WebSocket(`ws://127.0.0.1:${layer.port}/socket`, { autoPong: false });
    ws.on('error', () => {});
    await once(ws, 'open');
    const pinged = once(ws, 'ping');
    await layer.clock.tick(PING_INTERVAL);
    await pinged;
    const closed = once(ws, 'close');
    await layer.clock.tick(PING_INTERVAL - 1);
    expect(latest(layer).request.socket.destroyed).to.equal(false);
    await layer.clock.tick(1);
    expect((await closed)[0]).to.equal(1006);
    await latest(layer).ended;
  });

  it('keeps one that answers, without a word from its session', async () => {
    const layer = await startLayer();
    const client = await layer.client();
    const { request, received } = latest(layer);
    for (let n = 0; n < 5; n += 1) {
      // ws has read the pong before this listener hears of it.
      const answered = once(request.socket, 'data');
      await layer.clock.tick(PING_INTERVAL);
      await answered;
    }
    expect(client.ws.readyState).to.equal(WebSocket.OPEN);
    expect(received).to.deep.equal([]);
  });

  it('pings a socket whose session looks for dead peers itself, and leaves its end to that', async () => {
    const layer = await startLayer({ asked: { open: () => ({ receive() {}, closed() {} }), watchesPeers: true } });
    const ws = new WebSocket(`ws://127.0.0.1:${layer.port}/asked`, { autoPong: false });
    await once(ws, 'open');
    for (let n = 0; n < 3; n += 1) {
      const pinged = once(ws, 'ping');
      await layer.clock.tick(PING_INTERVAL);
      await pinged;
    }
    expect(ws.readyState).to.equal(WebSocket.OPEN);
  });

  it('asks each socket once in a round, and no more at a time than there have to be', async () => {
    const clock = fakeClock();
    const pings: number[][] = [];
    const peers = Array.from({ length: 90 }, (_, turn) => {
      const times: number[] = [];
      pings.push(times);
      const ws = { isPaused: false, terminate() {}, ping: () => void times.push(clock.now()) };
      return { ws, socket: { isBackedUp: false }, watched: false, turn, alive: true };
    });
    const heartbeat = createHeartbeat(clock, PING_INTERVAL, peers);
    heartbeat.start();
    await clock.tick(2 * PING_INTERVAL);
    heartbeat.stop();
    const perTime = new Map<number, number>();
    for (const times of pings) {
      expect((times[1] ?? 0) - (times[0] ?? 0)).to.equal(PING_INTERVAL);
      for (const time of times) perTime.set(time, (perTime.get(time) ?? 0) + 1);
    }
    expect([...perTime.values()]).to.deep.equal(Array(60).fill(3));
  });

  it('spares a socket for which bytes wait: a ping would wait behind them', async () => {
    const clock = fakeClock();
    const socket = { isBackedUp: true };
    const calls: string[] = [];
    const ws = { isPaused: false, terminate: () => calls.push('terminate'), ping: () => calls.push('ping') };
    const heartbeat = createHeartbeat(clock, PING_INTERVAL, [{ ws, socket, watched: true, turn: 0, alive: true }]);
    heartbeat.start();
    await clock.tick(4 * PING_INTERVAL);
    expect(calls).to.deep.equal([]);
    socket.isBackedUp = false;
    await clock.tick(2 * PING_INTERVAL);
    heartbeat.stop();
    expect(calls).to.deep.equal(['ping', 'terminate']);
  });

  it('spares a socket that is not read while its frame is being handled', async () => {
    const { layer, end } = await startSlowLayer();
    const client = await layer.client();
    client.send('slow');
    await client.next();
    await layer.clock.tick(5 * PING_INTERVAL);
    client.send('next');
    end();
    expect(await client.next()).to.equal('next');
  });
});
