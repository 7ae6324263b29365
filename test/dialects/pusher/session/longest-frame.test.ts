import { expect } from 'chai';
import type { World } from '../../../world.ts';
import { pusherWorld, wire } from '../helpers.ts';

/** How a socket of the app that sends so many bytes in one frame is closed; undefined when it is not. */
async function codeAfter(relay: World, bytes: number): Promise<number | undefined> {
  const one = await wire(relay);
  const around = JSON.stringify({ event: 'pusher:pong', data: '' }).length;
  one.send({ event: 'pusher:pong', data: 'x'.repeat(bytes - around) });
  one.send({ event: 'pusher:ping', data: {} });
  await Promise.race([one.socket.closed, one.text()]);
  return one.socket.frames.at(-1)?.includes('pusher:pong') === true ? undefined : (await one.socket.closed).code;
}

const ROOMY = 65_536;

describe('a long frame', () => {
  it('closes the socket with 1009 beyond 64 KiB', async () => {
    const relay = await pusherWorld({ clientEvents: true, watchlistEvents: true });
    expect(await codeAfter(relay, ROOMY)).to.equal(undefined);
    expect(await codeAfter(relay, ROOMY + 1)).to.equal(1009);
  });

  it('closes it earlier where the config says so', async () => {
    const relay = await pusherWorld(
      {},
      { config: { websocket: { maxPayload: 2_000 }, apps: [{ id: '1', key: 'app-key', secret: 's' }] } },
    );
    expect(await codeAfter(relay, 2_000)).to.equal(undefined);
    expect(await codeAfter(relay, 2_001)).to.equal(1009);
  });

  const wide: Record<string, unknown>[] = [
    { clientEvents: true, limits: { eventBytes: 40_000 } },
    { limits: { presenceMemberBytes: 100_000 } },
    { watchlistEvents: true, limits: { watchlist: 1_000 } },
  ];
  for (const app of wide) {
    it(`is read where an app has room for it: ${JSON.stringify(app)}`, async () => {
      const relay = await pusherWorld(app);
      expect(await codeAfter(relay, ROOMY + 1)).to.equal(undefined);
    });
  }

  it('is refused where the room is of no use to clients', async () => {
    const relay = await pusherWorld({ limits: { eventBytes: 100_000, watchlist: 1_000 } });
    expect(await codeAfter(relay, ROOMY + 1)).to.equal(1009);
  });

  it('is read while an app with room for it is there', async () => {
    const relay = await pusherWorld();
    const body = JSON.stringify({ id: 'wide', limits: { presenceMemberBytes: 100_000 } });
    await relay.request('/v1/apps', { method: 'POST', body });
    expect(await codeAfter(relay, ROOMY + 1)).to.equal(undefined);
    await relay.request('/v1/apps/wide', { method: 'DELETE' });
    expect(await codeAfter(relay, ROOMY + 1)).to.equal(1009);
  });
});
