import { once } from 'node:events';
import { expect } from 'chai';
import WebSocket from 'ws';
import { onCleanup } from '../../support/cleanup.ts';
import { eventually } from '../../support/eventually.ts';
import { sharedWorld } from '../../support/shared-world.ts';
import { openStream } from '../../support/stream-reader.ts';
import { TOKEN, type World, world } from '../../world.ts';

const AS_OWNER = { authorization: `Bearer ${TOKEN}` };

const publish = async (relay: World, path: string, body: string, headers: Record<string, string> = {}) =>
  (await relay.request(path, { method: 'POST', body, headers })).json;

/** The lines of a poll. */
async function poll(relay: World, path: string) {
  const { text, status } = await relay.request(`${path}${path.includes('?') ? '&' : '?'}poll=1`);
  expect(status, text).to.equal(200);
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

const texts = async (relay: World, path: string) => (await poll(relay, path)).map(({ message }) => message);

/** Listens over a socket. */
async function listen(relay: World, path: string, headers: Record<string, string> = AS_OWNER) {
  const socket = new WebSocket(`ws://127.0.0.1:${relay.ports.websocket}${path}`, { headers });
  onCleanup(() => socket.terminate());
  // biome-ignore lint/suspicious/noExplicitAny: a test reads into events of every shape
  const events: any[] = [];
  let pings = 0;
  socket.on('message', (data) => events.push(JSON.parse(data.toString())));
  socket.on('ping', () => {
    pings += 1;
  });
  const closed = once(socket, 'close').then(([code]) => code as number);
  await once(socket, 'open');
  return { socket, events, closed, pings: () => pings };
}

/** The status with which an upgrade is refused, and its body. */
async function refusal(relay: World, path: string, headers: Record<string, string> = {}) {
  const socket = new WebSocket(`ws://127.0.0.1:${relay.ports.websocket}${path}`, { headers });
  const [, response] = await once(socket, 'unexpected-response');
  let body = '';
  for await (const chunk of response) body += chunk;
  return [response.statusCode, body];
}

describe('ntfy: listening', () => {
  const relay = sharedWorld();

  it('gives server-sent events: the three events of the stream have names', async () => {
    const stream = await openStream(relay().url('/s1/sse'), AS_OWNER);
    expect(stream.response.headers['content-type']).to.equal('text/event-stream; charset=utf-8');
    await stream.next();
    const sent = await publish(relay(), '/s1', 'l1\nl2', { title: '<T>' });
    expect((await stream.next()).data).to.deep.equal(sent);
    await relay().clock.tick(45_000);
    expect((await stream.next()).event).to.equal('keepalive');
    expect(stream.text).to.match(
      /^event: open\ndata: \{.*\}\n\ndata: \{.*"event":"message".*\}\n\nevent: keepalive\ndata: /,
    );
    expect(stream.text).to.not.include('id: ');
  });

  it('gives the bare texts: line breaks are blanks, and other events empty lines', async () => {
    const stream = await openStream(relay().url('/r1/raw'), AS_OWNER);
    expect(stream.response.headers['content-type']).to.equal('text/plain; charset=utf-8');
    await publish(relay(), '/r1', 'a\nb');
    await eventually('the text came', () => stream.text === '\na b\n');
    await relay().clock.tick(45_000);
    await eventually('the sign of life came', () => stream.text === '\na b\n\n');
  });

  it('gives sockets with frames and pings, and ends them without a Close frame', async () => {
    const { events, socket, closed, pings } = await listen(relay(), '/w1,w2/ws');
    await eventually('open came', () => events.length === 1);
    expect(events[0]).to.include({ event: 'open', topic: 'w1,w2' });
    const sent = await publish(relay(), '/w2', 'x');
    await eventually('the message came', () => events.length === 2);
    expect(events[1]).to.deep.equal({ ...sent, sequence_id: sent.id });
    expect(Object.keys(events[1]).slice(0, 2)).to.deep.equal(['id', 'sequence_id']);
    await relay().clock.tick(30_000);
    await eventually('a ping came', () => pings() > 0);
    socket.send('ignored');
    socket.send('x'.repeat(65));
    expect(await closed, 'a long frame').to.equal(1009);
  });

  it('drops a socket after a poll', async () => {
    await publish(relay(), '/w3', 'one');
    await publish(relay(), '/w3', 'two');
    const { events, closed } = await listen(relay(), '/w3/ws?poll=1');
    expect(await closed).to.equal(1006);
    expect(events.map(({ message }) => message)).to.deep.equal(['one', 'two']);
  });

  it('drops sockets and streams at shutdown, without a Close frame and without an end', async () => {
    const own = await world();
    const { closed } = await listen(own, '/w4/ws');
    const stream = await openStream(own.url('/w4/json'), AS_OWNER);
    await stream.next();
    await own.stop();
    expect(await closed).to.equal(1006);
    await eventually('the stream is cut', () => stream.ending === 'cut');
  });

  it('ends what a key has opened when the key ends', async () => {
    const made = (
      await relay().request('/v1/keys', {
        method: 'POST',
        body: JSON.stringify({ name: 'gone', receive: ['k*'] }),
        headers: { 'content-type': 'application/json' },
      })
    ).json;
    const headers = { authorization: `Basic ${Buffer.from(`any:${made.key}`).toString('base64')}` };
    const { closed } = await listen(relay(), '/k1/ws', headers);
    const stream = await openStream(relay().url('/k1,k2/json'), headers);
    await stream.next();
    expect(await refusal(relay(), '/other/ws', headers)).to.deep.equal([403, '']);
    await relay().request('/v1/keys/gone', { method: 'DELETE' });
    expect(await closed).to.equal(1006);
    await eventually('the stream is cut', () => stream.ending === 'cut');
  });

  it('refuses before the upgrade, with the bare status', async () => {
    expect(await refusal(relay(), '/x/ws')).to.deep.equal([403, '']);
    expect(await refusal(relay(), '/x/ws', { authorization: 'Bearer wrong' })).to.deep.equal([401, '']);
    expect(await refusal(relay(), '/x/ws?since=1d', AS_OWNER)).to.deep.equal([400, '']);
    expect(await refusal(relay(), '/v1/ws', AS_OWNER)).to.deep.equal([400, '']);
    expect((await relay().request('/x/ws')).json).to.include({ code: 40016, http: 400 });
    expect((await relay().fetch('/x/ws')).json).to.include({ code: 40301 });
  });

  it('leaves other sockets to mpush', async () => {
    const device = await relay().device('a-device');
    expect(device.auth).to.be.a('string');
  });

  it('begins after a message of any of its topics, at a time, with all, the latest or none', async () => {
    const one = await publish(relay(), '/since1', 'one');
    await relay().clock.tick(60_000);
    await publish(relay(), '/since2', 'two');
    await publish(relay(), '/since1', 'three');
    const both = '/since1,since2/json';
    expect(await texts(relay(), `${both}?since=${one.id}`)).to.deep.equal(['two', 'three']);
    expect(await texts(relay(), `/since2/json?since=${one.id}`)).to.deep.equal(['two']);
    expect(await texts(relay(), `${both}?since=all`)).to.deep.equal(['one', 'two', 'three']);
    expect(await texts(relay(), `${both}?since=none`)).to.deep.equal([]);
    expect(await texts(relay(), `${both}?since=latest`)).to.deep.equal(['two', 'three']);
    expect(await texts(relay(), `${both}?since=30s`)).to.deep.equal(['two', 'three']);
    expect(await texts(relay(), `${both}?since=${one.time}`), 'inclusive').to.deep.equal(['one', 'two', 'three']);
    expect(await texts(relay(), `${both}?since=${one.time + 1}`)).to.deep.equal(['two', 'three']);
    expect(await texts(relay(), `${both}?since=AAAAAAAAAAAA`), 'of another server').to.have.length(3);
    expect(await texts(relay(), '/since1,since1/json'), 'a topic named twice').to.deep.equal(['one', 'three']);
    const headers = { 'x-since': one.id, 'x-poll': '1' };
    const { text } = await relay().request(both, { headers });
    expect(text.trim().split('\n')).to.have.length(2);
    for (const since of ['1d', 'x', '-5m', 'ALL', '1w']) {
      expect((await relay().request(`${both}?poll=1&since=${since}`)).json, since).to.include({ code: 40008 });
    }
  });

  it('knows the ids of messages without cache', async () => {
    await publish(relay(), '/nocache', 'one');
    const two = await publish(relay(), '/nocache', 'two', { cache: 'no' });
    await publish(relay(), '/nocache', 'three');
    expect(two).to.not.have.property('expires');
    expect(await texts(relay(), '/nocache/json')).to.deep.equal(['one', 'three']);
    expect(await texts(relay(), `/nocache/json?since=${two.id}`)).to.deep.equal(['three']);
  });

  it('filters what is stored and what comes', async () => {
    const stream = await openStream(relay().url('/filter/json?tags=a,b&priority=high,3'), AS_OWNER);
    await stream.next();
    await publish(relay(), '/filter', 'one', { tags: 'a' });
    await publish(relay(), '/filter', 'two', { tags: 'b,a,c' });
    await publish(relay(), '/filter', 'three', { tags: 'a,b', priority: '5' });
    await publish(relay(), '/filter', 'four', { tags: 'a,b', priority: '4', title: 'T' });
    expect((await stream.next()).data.message).to.equal('two');
    expect((await stream.next()).data.message).to.equal('four');
    const four = (await poll(relay(), '/filter/json?title=T'))[0];
    expect(await texts(relay(), `/filter/json?id=${four.id}`)).to.deep.equal(['four']);
    expect(await texts(relay(), '/filter/json?message=one')).to.deep.equal(['one']);
    expect(await texts(relay(), '/filter/json?message=One')).to.deep.equal([]);
    expect(await texts(relay(), '/filter/json?p=max')).to.deep.equal(['three']);
    expect((await relay().request('/filter/json?poll=1&priority=x')).json).to.include({ code: 40007 });
  });

  it('reads a long history in order, while more comes', async () => {
    const count = 250;
    for (let number = 0; number < count; number += 1) await publish(relay(), '/long', String(number));
    const stream = await openStream(relay().url('/long/json?since=all'), AS_OWNER);
    await publish(relay(), '/long', 'last');
    await eventually('everything came', () => stream.events().length === count + 2);
    const shown = stream
      .events()
      .slice(1)
      .map(({ data }) => data.message);
    expect(shown).to.deep.equal([...Array.from({ length: count }, (_, number) => String(number)), 'last']);
    expect(await texts(relay(), '/long/json')).to.have.length(count + 1);
  });

  it('answers auth, and asks for every topic', async () => {
    expect((await relay().request('/a1,a2/auth')).json).to.deep.equal({ success: true });
    const { status, json } = await relay().fetch('/a1/auth');
    expect(status).to.equal(403);
    expect(json).to.deep.equal({
      ...{ code: 40301, http: 403, error: 'forbidden' },
      link: 'https://ntfy.sh/docs/publish/#authentication',
    });
  });

  it('tells a poll request to those who listen, and keeps nothing', async () => {
    const stream = await openStream(relay().url('/p1/sse'), AS_OWNER);
    await stream.next();
    const answer = await publish(relay(), '/p1', 'thrown away', { 'x-poll-id': 'abc' });
    expect(answer).to.include({ event: 'poll_request', message: 'New message', poll_id: 'abc' });
    const told = await stream.next();
    expect(told.event).to.equal('poll_request');
    expect(told.data).to.include({ event: 'poll_request', topic: 'p1', poll_id: 'abc' });
    expect(await poll(relay(), '/p1/json')).to.deep.equal([]);
  });

  it('refuses listeners beyond the bound', async () => {
    const small = await world({ config: { streams: { maxListeners: 1 } } });
    const stream = await openStream(small.url('/b/json'), AS_OWNER);
    await stream.next();
    const { status, json, headers } = await small.request('/b/json');
    expect([status, json.code, headers.get('retry-after')]).to.deep.equal([429, 42903, '10']);
    expect(await refusal(small, '/b/ws', AS_OWNER)).to.deep.equal([429, '']);
    stream.leave();
    await eventually('the place is free', async () => (await refusal(small, '/b/ws?since=x', AS_OWNER))[0] === 400);
  });

  it('still knows everything after a restart', async () => {
    const own = await world();
    const one = await publish(own, '/kept', 'one');
    await publish(own, '/kept', 'two');
    await own.request('/kept/seq', { method: 'DELETE' });
    await own.stop();
    await own.start();
    const events = await poll(own, `/kept/json?since=${one.id}`);
    expect(events.map(({ event }) => event)).to.deep.equal(['message', 'message_delete']);
    await publish(own, '/kept', 'three');
    expect(await texts(own, '/kept/json')).to.deep.equal(['one', 'two', undefined, 'three']);
  });
});
