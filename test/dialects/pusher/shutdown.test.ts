// How sockets are closed when the relay shuts down.
import { type Clock, install } from '@sinonjs/fake-timers';
import { expect } from 'chai';
import { WebSocket } from 'ws';
import { onCleanup } from '../../support/cleanup.ts';
import { leave } from '../../support/leave.ts';
import { pusherWorld, type Wire, wire } from './helpers.ts';

const SHUTDOWN = { code: 4200, reason: 'Server is closing. Please reconnect shortly.' };

/** Stops the timers of the process, by which a relay ends: its own clock may stand still then. */
function stopTime(): Clock {
  const timers = install({ toFake: ['setTimeout', 'clearTimeout'], shouldClearNativeTimers: true });
  onCleanup(() => timers.uninstall());
  return timers;
}

describe('the end of a relay', () => {
  it('closes all sockets with 4200, a few at once without waiting', async () => {
    const relay = await pusherWorld();
    const sockets = await Promise.all(Array.from({ length: 100 }, () => wire(relay)));
    stopTime();
    await relay.stop();
    for (const { socket } of sockets) {
      expect(await socket.closed).to.deep.equal(SHUTDOWN);
      expect(socket.frames.join()).not.to.contain('pusher:error');
    }
  });

  it('closes hundreds one after the other, which lose nothing meanwhile', async () => {
    const relay = await pusherWorld();
    const first: Wire[] = [];
    for (let n = 0; n < 100; n += 1) first.push(await wire(relay));
    const phone = await relay.device('phone');
    await leave(relay, 'phone', phone);
    const [last, desk] = [await wire(relay), await relay.device('desk')];
    await last.join('public');

    const timers = stopTime();
    const stopped = relay.stop();
    for (const { socket } of first) expect(await socket.closed).to.deep.equal(SHUTDOWN);
    expect(last.socket.ws.readyState).to.equal(WebSocket.OPEN);
    expect(await last.settled()).to.deep.equal([]);
    desk.send({ cmd: 'MESSAGE', data: { sendType: 'personal', target: 'phone', message: { text: 'late' } } });
    const { mid } = (await desk.packet('MESSAGE_REPLY')).data;
    await timers.tickAsync(100);
    expect(await last.socket.closed).to.deep.equal(SHUTDOWN);
    expect((await desk.closed).code).to.equal(1001);
    await stopped;
    timers.uninstall();

    await relay.start();
    expect((await (await relay.device('phone')).packet('MESSAGE')).data.mid).to.equal(mid);
  });
});
