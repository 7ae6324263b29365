import { once } from 'node:events';
import { connect as connectTcp, createServer, type Socket } from 'node:net';
import { expect } from 'chai';
import { WebSocket } from 'ws';
import { onCleanup } from '../support/cleanup.ts';
import { tempDir } from '../support/temp-dir.ts';
import { type RelayProcess, startRelayProcess, TOKEN } from './relay-process.ts';

/** A device that acknowledges, without parsing what it gets. */
interface Receiver {
  /** The mids that came, repeats included. */
  readonly mids: string[];
  readonly ws: WebSocket;
  /** Resolves when so many have come; rejects when the socket ends before. */
  until(count: number): Promise<void>;
}

async function receiver(port: number, name: string): Promise<Receiver> {
  const ws = new WebSocket(`ws://127.0.0.1:${port}/`);
  const mids: string[] = [];
  let check = () => {};
  const closed = new Promise<never>((_resolve, reject) => {
    ws.once('close', (code) => reject(new Error(`${name} was closed with ${code} after ${mids.length} messages`)));
  });
  closed.catch(() => undefined);
  ws.on('error', () => {});
  onCleanup(() => ws.terminate());
  await once(ws, 'open');
  const authenticated = new Promise<void>((resolve) => {
    ws.on('message', (frame: Buffer) => {
      if (frame.subarray(0, 30).includes('"AUTH"')) resolve();
      const [, mid] = /"mid":"(\d+)"/.exec(frame.subarray(-60).toString()) ?? [];
      if (mid === undefined) return;
      mids.push(mid);
      ws.send(JSON.stringify({ cmd: 'MESSAGE_CALLBACK', data: { mid } }));
      check();
    });
  });
  ws.send(JSON.stringify({ cmd: 'AUTH', data: { token: TOKEN, name, group: 'all' } }));
  await authenticated;
  const until = (count: number) => {
    const enough = new Promise<void>((resolve) => {
      check = () => {
        if (mids.length >= count) resolve();
      };
      check();
    });
    return Promise.race([enough, closed]);
  };
  return { mids, ws, until };
}

async function send(relay: RelayProcess, target: string, bytes: number): Promise<void> {
  const answer = await fetch(relay.url(`/${target}?wait=0`), {
    method: 'POST',
    headers: { authorization: TOKEN, 'content-type': 'application/json' },
    body: JSON.stringify({ text: 'large', desp: 'x'.repeat(bytes) }),
  });
  expect(answer.status).to.equal(200);
  await answer.arrayBuffer();
}

/** A line to a port that brings so many bytes of answers per tick. */
async function slowLine(port: number, bytesPerTick: number, tick: number) {
  /** Ticks since the last reset, and the bytes that went through. */
  const line = { port: 0, ticks: 0, bytes: 0 };
  const server = createServer((near: Socket) => {
    const far = connectTcp(port, '127.0.0.1');
    let arrived: Buffer = Buffer.alloc(0);
    far.on('data', (chunk: Buffer) => {
      arrived = Buffer.concat([arrived, chunk]);
      if (arrived.length > bytesPerTick) far.pause();
    });
    near.on('error', () => far.destroy());
    far.on('error', () => near.destroy());
    near.pipe(far);
    far.on('end', () => near.end());
    const timer = setInterval(() => {
      line.ticks += 1;
      const chunk = arrived.subarray(0, bytesPerTick);
      arrived = arrived.subarray(chunk.length);
      line.bytes += chunk.length;
      near.write(chunk);
      far.resume();
    }, tick);
    near.on('close', () => {
      clearInterval(timer);
      far.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onCleanup(() => server.close());
  line.port = (server.address() as { port: number }).port;
  return line;
}

describe('large messages', () => {
  it('reach many devices that reconnect at once, and fit into a small heap', async function () {
    this.timeout(240_000);
    const names = Array.from({ length: 8 }, (_, n) => `device${n}`);
    const relay = await startRelayProcess(await tempDir(), {}, 256);
    for (const name of names) (await receiver(relay.port, name)).ws.terminate();
    // Together more than the heap: eight times 40 MB.
    for (let n = 0; n < 40; n += 1) await send(relay, 'all.group', 1_000_000);
    const back = await Promise.all(names.map((name) => receiver(relay.port, name)));
    await Promise.all(back.map((one) => one.until(40)));
    for (const { mids } of back) {
      expect(new Set(mids).size).to.equal(40);
      expect(mids).to.deep.equal([...mids].sort());
    }
  });

  it('are sent once over a slow line, without extra waits', async function () {
    this.timeout(240_000);
    // A line of 200 KB/s, at thirty times the speed.
    const tick = 20;
    const bytesPerTick = (200_000 * 30 * tick) / 1000;
    const relay = await startRelayProcess(await tempDir(), { websocket: { retryTimeout: 100 } });
    const line = await slowLine(relay.port, bytesPerTick, tick);
    (await receiver(relay.port, 'phone')).ws.terminate();
    for (let n = 0; n < 20; n += 1) await send(relay, 'phone.send', 900_000);
    const phone = await receiver(line.port, 'phone');
    line.ticks = 0;
    await phone.until(20);
    // Waiting for a retry would take several times as long. On a busy machine, the relay itself may be late.
    expect(line.ticks).to.be.at.most((1.6 * 20 * 900_000) / bytesPerTick);
    expect(line.bytes).to.be.below(20.5 * 900_000);
    expect(new Set(phone.mids).size).to.equal(20);
  });
});
