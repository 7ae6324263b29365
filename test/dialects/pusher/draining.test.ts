// Requests that a relay gets while it ends.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import { onCleanup } from '../../support/cleanup.ts';
import type { World } from '../../world.ts';
import { pusherWorld, wire } from './helpers.ts';
import { EVENT, target } from './signed.ts';

async function connection(relay: World): Promise<Socket> {
  const socket = connect(relay.relay.ports.http, '127.0.0.1').setEncoding('utf8');
  onCleanup(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
}

/** What comes until the relay closes the connection. */
async function rest(socket: Socket): Promise<string> {
  let text = '';
  for await (const chunk of socket) text += chunk;
  return text;
}

/** The head of a request whose body is still to come. */
function headOf(relay: World, path: string, body: string, more = ''): string {
  const line = `POST ${target(relay, path, { body })} HTTP/1.1`;
  return [line, 'host: relay', `content-length: ${Buffer.byteLength(body)}`, more, ''].filter(Boolean).join('\r\n');
}

describe('the HTTP API of a relay that ends', () => {
  it('answers 503 to requests that were under way, and to those that come over connections still open', async () => {
    const relay = await pusherWorld();
    const listener = await wire(relay);
    listener.subscribe('a');
    await listener.settled();
    const body = JSON.stringify(EVENT);
    const head = headOf(relay, 'events', body, 'expect: 100-continue');
    const [late, busy] = [await connection(relay), await connection(relay)];
    const lateHead = headOf(relay, 'batch_events', body);
    busy.write(`${head}\r\n\r\n`);
    expect((await once(busy, 'data'))[0]).to.match(/^HTTP\/1\.1 100 Continue/);

    const ended = relay.stop();
    busy.write(body);
    late.write(`${lateHead}\r\n\r\n${body}`);
    for (const socket of [busy, late]) {
      const [answered = '', json = ''] = (await rest(socket)).split('\r\n\r\n');
      expect(answered).to.match(/^HTTP\/1\.1 503 /);
      expect(answered.toLowerCase()).to.contain('\r\nretry-after: 5').and.contain('\r\nconnection: close');
      expect(JSON.parse(json)).to.deep.equal({ error: 'the relay is closing' });
    }
    await ended;
    expect((await listener.socket.closed).code).to.equal(4200);
    expect(listener.socket.frames.filter((frame) => frame.includes('"e"'))).to.deep.equal([]);
  });

  it('still tells a stranger nothing but that it is one', async () => {
    const relay = await pusherWorld();
    const socket = await connection(relay);
    socket.write('POST /apps/1/events HTTP/1.1\r\nhost: relay\r\ncontent-length: 1\r\nexpect: 100-continue\r\n\r\n');
    const answer = rest(socket);
    const ended = relay.stop();
    socket.write('x');
    expect(await answer).to.match(/HTTP\/1\.1 401 /);
    await ended;
  });
});
