import { expect } from 'chai';
import { type ClientOptions, WebSocket } from 'ws';
import { eventually } from '../../support/eventually.ts';
import { sharedWorld } from '../../support/shared-world.ts';
import type { TestSocket } from '../../support/socket.ts';
import { TOKEN } from '../../world.ts';
import { basic, makeKey, send } from './helpers.ts';

/** Longer than `gotify.backlogDelay`. */
const HELD = 2100;

/** The answer to an upgrade that must be refused. */
function refused(
  url: string,
  headers: Record<string, string>,
): Promise<{ status: number; type: string; body: string }> {
  const ws = new WebSocket(url, { headers });
  return new Promise((resolve, reject) => {
    ws.on('open', () => {
      ws.terminate();
      reject(new Error('the relay accepted the socket'));
    });
    ws.on('error', reject);
    ws.on('unexpected-response', (_request, response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          type: response.headers['content-type'] ?? '',
          body: body.trimEnd(),
        }),
      );
    });
  });
}

describe('gotify: GET /stream', () => {
  const relay = sharedWorld();
  let count = 0;

  /** A client with a device of its own, and an application that sends to it. */
  async function pair() {
    count += 1;
    const device = `phone-${count}`;
    const client = await makeKey(relay(), `client ${count}`, { device, send: [], receive: [device] });
    const app = await makeKey(relay(), `app ${count}`, { device });
    return { device, client, app };
  }

  /** Opens a stream that no longer holds its backlog. */
  async function stream(key: string, options: ClientOptions = {}): Promise<TestSocket> {
    const socket = await relay().socket(`/stream?token=${key}`, options);
    await relay().clock.tick(HELD);
    return socket;
  }

  const refusedHere = (path: string, headers: Record<string, string>) => refused(relay().url(path), headers);

  const statusOf = async (device: string) =>
    (await relay().request(`/v1/devices/${device}/messages`)).json.messages.map(
      (one: { status: string }) => one.status,
    );

  it('sends each message as one frame with a line feed, the same as the sender was told, and its pong acknowledges', async () => {
    const { device, client, app } = await pair();
    const socket = await stream(client.key);
    const { json } = await send(relay(), app.key, { message: 'hi', title: 'T', priority: 7, extras: { 'a::b': {} } });
    const frame = await socket.next();
    expect(frame).to.match(/\}\n$/);
    expect(JSON.parse(frame)).to.deep.equal(json);
    await eventually('it is acknowledged', async () => (await statusOf(device)).join() === 'ok');
    expect((await send(relay(), app.key, { message: 'again' }, '?wait=5000')).json.status).to.deep.equal({
      [device]: 'ok',
    });
  });

  it('does not count a message as received before the pong, and sends it again', async () => {
    const { device, client, app } = await pair();
    const socket = await stream(client.key, { autoPong: false });
    const pings: string[] = [];
    socket.ws.on('ping', (payload) => pings.push(payload.toString()));
    const one = (await send(relay(), app.key, { message: 'one' })).json.id;
    expect(JSON.parse(await socket.next()).id).to.equal(one);
    await eventually('the ping came', () => pings.length === 1);
    expect(await statusOf(device)).to.deep.equal(['ready']);
    const two = (await send(relay(), app.key, { message: 'two' })).json.id;
    expect(JSON.parse(await socket.next()).id).to.equal(two);
    await eventually('the second ping came', () => pings.length === 2);
    // The pong to the later one covers both.
    socket.ws.pong(pings[1]);
    await eventually('both are acknowledged', async () => (await statusOf(device)).join() === 'ok,ok');
    socket.ws.pong('123');
    socket.ws.pong('');
    const three = (await send(relay(), app.key, { message: 'three' })).json.id;
    expect(JSON.parse(await socket.next()).id).to.equal(three);
  });

  it('pushes what came meanwhile in order, when the client did not ask for it', async () => {
    const { client, app } = await pair();
    for (const message of ['1', '2', '3']) await send(relay(), app.key, { message });
    const socket = await relay().socket('/stream', { headers: { 'x-gotify-key': client.key } });
    await relay().clock.tick(1000);
    expect(socket.frames).to.deep.equal([]);
    await relay().clock.tick(1100);
    const told = [await socket.next(), await socket.next(), await socket.next()].map((frame) => JSON.parse(frame));
    expect(told.map(({ message }) => message)).to.deep.equal(['1', '2', '3']);
    expect(told.map(({ id }) => id)).to.deep.equal(told.map(({ id }) => id).toSorted((a, b) => a - b));
  });

  it('does not ring again for what the client has read itself', async () => {
    const { device, client, app } = await pair();
    for (const message of ['1', '2']) await send(relay(), app.key, { message });
    const headers = { 'x-gotify-key': client.key };
    const newest = (await relay().fetch('/message?limit=1&since=0', { headers })).json;
    expect(newest.messages).to.have.length(1);
    expect(await statusOf(device)).to.deep.equal(['ready', 'ready']);
    const socket = await relay().socket(`/stream?token=${client.key}`);
    const { messages } = (await relay().fetch('/message?limit=100&since=0', { headers })).json;
    expect(messages.map(({ message }: { message: string }) => message)).to.deep.equal(['2', '1']);
    expect(await statusOf(device)).to.deep.equal(['ok', 'ok']);
    await send(relay(), app.key, { message: '3' });
    expect(JSON.parse(await socket.next()).message).to.equal('3');
  });

  it('does not ring for what is on the next page while the client reads page by page', async () => {
    const { device, client, app } = await pair();
    for (const message of ['1', '2', '3', '4', '5']) await send(relay(), app.key, { message });
    const headers = { 'x-gotify-key': client.key };
    const read = async (since: number) =>
      (await relay().fetch(`/message?limit=2&since=${since}`, { headers })).json.paging;
    const socket = await relay().socket(`/stream?token=${client.key}`);
    const first = await read(0);
    await relay().clock.tick(HELD - 200);
    const second = await read(first.since);
    await relay().clock.tick(HELD - 200);
    expect(socket.frames).to.deep.equal([]);
    await read(second.since);
    expect(await statusOf(device)).to.deep.equal(Array(5).fill('ok'));
    await send(relay(), app.key, { message: '6' });
    expect(JSON.parse(await socket.next()).message).to.equal('6');
  });

  it('rings for what the client did not read, once it reads no more', async () => {
    const { client, app } = await pair();
    for (const message of ['1', '2', '3']) await send(relay(), app.key, { message });
    const socket = await relay().socket(`/stream?token=${client.key}`);
    await relay().fetch('/message?limit=2', { headers: { 'x-gotify-key': client.key } });
    await relay().clock.tick(HELD);
    expect(JSON.parse(await socket.next()).message).to.equal('1');
  });

  it('gives messages that come at once the ids that their senders were told', async () => {
    const { client, app } = await pair();
    const socket = await stream(client.key);
    const sent = Array.from({ length: 40 }, (_, index) => send(relay(), app.key, { message: String(index) }));
    const told = (await Promise.all(sent)).map(({ json }) => json).sort((one, other) => one.id - other.id);
    const frames: unknown[] = [];
    while (frames.length < told.length) frames.push(JSON.parse(await socket.next()));
    expect(frames).to.deep.equal(told);
  });

  it('gives several sockets of one client everything', async () => {
    const { client, app } = await pair();
    const sockets = [await stream(client.key), await stream(client.key)];
    await send(relay(), app.key, { message: 'm' });
    for (const socket of sockets) expect(JSON.parse(await socket.next()).message).to.equal('m');
  });

  it('shows messages of other senders as messages of Gotify', async () => {
    const { device, client } = await pair();
    const socket = await stream(client.key);
    const extra = { priority: 4, click: 'https://example.com/', image: 'https://example.com/a.png' };
    await relay().post({
      cmd: 'MESSAGE',
      data: { sendType: 'personal', target: device, message: { text: 'T', desp: '*d*', extra } },
    });
    const told = JSON.parse(await socket.next());
    expect(told).to.deep.include({
      appid: 1,
      title: 'T',
      message: '*d*',
      priority: 8,
      extras: {
        'client::display': { contentType: 'text/markdown' },
        'client::notification': { click: { url: extra.click }, bigImageUrl: extra.image },
      },
    });
    await relay().request(`/${device}.send?text=only&wait=0`);
    expect(JSON.parse(await socket.next())).to.include({ title: 'Herald', message: 'only', priority: 5 });
  });

  it('survives extras that are no marks of Gotify', async () => {
    const { device, client } = await pair();
    const socket = await stream(client.key);
    for (const gotify of ['x', 5, null, [1], { priority: 'x', extras: 'y' }]) {
      const message = { text: 'T', desp: 'd', extra: { gotify } };
      await relay().post({ cmd: 'MESSAGE', data: { sendType: 'personal', target: device, message } });
      expect(JSON.parse(await socket.next())).to.include({ title: 'T', message: 'd', priority: 5 });
    }
  });

  it('does not ring for a sender that the device has muted', async () => {
    const { device, client, app } = await pair();
    await relay().request(`/v1/devices/${device}`, {
      method: 'PATCH',
      body: JSON.stringify({ mute: { sender: `app ${count}` } }),
    });
    const socket = await stream(client.key);
    const { json } = await send(relay(), app.key, { message: 'm', priority: 8 });
    expect(json.priority).to.equal(8);
    expect(JSON.parse(await socket.next())).to.deep.equal({ ...json, priority: 1 });
  });

  it('tells where a question is answered', async () => {
    const { device, client } = await pair();
    const socket = await stream(client.key);
    const asked = relay().request(`/${device}.ask?text=Go%3F&options=Yes,No&timeout=60000`, { method: 'POST' });
    const told = JSON.parse(await socket.next());
    const { url } = told.extras['client::notification'].click;
    expect(told.message).to.equal(`Go?\n\nYes / No: ${url}`);
    await relay().fetch(`${new URL(url).pathname}?answer=Yes`, { method: 'POST' });
    expect((await asked).text).to.include('Yes');
  });

  it('ends without a Close frame when the key ends, and when the relay forgets the device', async () => {
    const { device, client } = await pair();
    const socket = await stream(client.key);
    await relay().request(`/v1/keys/${encodeURIComponent(`client ${count}`)}`, { method: 'DELETE' });
    expect((await socket.closed).code).to.equal(1006);
    const other = await pair();
    const second = await stream(other.client.key);
    await relay().request(`/v1/devices/${other.device}`, { method: 'DELETE' });
    expect((await second.closed).code).to.equal(1006);
    expect((await refusedHere(`/stream?token=${other.client.key}`, {})).status).to.equal(401);
    expect(device).to.not.equal(other.device);
  });

  it('ignores frames of the client, and closes for long ones', async () => {
    const { client, app } = await pair();
    const socket = await stream(client.key);
    for (const frame of ['', '{"cmd":"AUTH"}', 'x'.repeat(4096)]) socket.ws.send(frame);
    socket.ws.send(Buffer.from([1, 2, 3]));
    await send(relay(), app.key, { message: 'm' });
    expect(JSON.parse(await socket.next()).message).to.equal('m');
    socket.ws.send('x'.repeat(4097));
    await socket.closed;
  });

  const REFUSED: readonly [
    what: string,
    path: (key: string) => string,
    headers: Record<string, string>,
    status: number,
  ][] = [
    ['nothing', () => '/stream', {}, 401],
    ['a wrong key', () => '/stream?token=CwrongCwrongCCC', {}, 401],
    ['the token of the relay in the query', () => `/stream?token=${TOKEN}`, {}, 401],
    ['a user', () => '/stream', basic('family'), 403],
    ['a page of another site', (key) => `/stream?token=${key}`, { origin: 'https://evil.example' }, 403],
    ['a page without a name', (key) => `/stream?token=${key}`, { origin: 'null' }, 403],
  ];
  for (const [what, path, headers, status] of REFUSED) {
    it(`refuses ${what} before the upgrade, with ${status}`, async () => {
      const { client } = await pair();
      const answer = await refusedHere(path(client.key), headers);
      expect(answer.status).to.equal(status);
      if (what.startsWith('a page')) expect(answer.body).to.equal('');
      else {
        expect(answer.type).to.equal('application/json');
        expect(JSON.parse(answer.body)).to.include({ errorCode: status });
      }
    });
  }

  it('refuses an application with 401, and a request without an upgrade with 400', async () => {
    const { client, app } = await pair();
    expect((await refusedHere(`/stream?token=${app.key}`, {})).status).to.equal(401);
    expect((await relay().fetch(`/stream?token=${client.key}`)).status).to.equal(400);
    expect((await relay().fetch('/stream')).status).to.equal(401);
  });

  it('takes the stream below the prefix, with the origin of the relay', async () => {
    const { client, app } = await pair();
    const socket = await relay().socket(`/gotify/stream?token=${client.key}`, { origin: relay().url('') });
    await relay().clock.tick(HELD);
    await send(relay(), app.key, { message: 'm' });
    expect(JSON.parse(await socket.next()).message).to.equal('m');
  });
});
