import { expect } from 'chai';
import { eventually } from '../support/eventually.ts';
import { sharedWorld } from '../support/shared-world.ts';
import { openStream } from '../support/stream-reader.ts';
import { TOKEN, type World, world } from '../world.ts';

const AS_OWNER = { authorization: TOKEN };

/** Opens a stream as the owner, and reads its first event. */
async function listen(relay: World, query: string, headers: Readonly<Record<string, string>> = {}) {
  const stream = await openStream(relay.url(`/v1/stream?${query}`), { ...AS_OWNER, ...headers });
  const first = await stream.next();
  return { stream, first };
}

async function send(relay: World, path: string): Promise<string> {
  return (await relay.request(`${path}&wait=0`)).json.data.mid;
}

/** A known device without a socket, so that its messages are kept. */
async function known(relay: World, name: string, group = ''): Promise<string> {
  const { auth, ws } = await relay.device(name, { group });
  ws.terminate();
  return auth;
}

const status = async (relay: World, mid: string) => (await relay.request(`/v1/messages/${mid}`)).json.status;

describe('GET /v1/stream', () => {
  const relay = sharedWorld();

  it('tells where it begins, and then each message to its targets', async () => {
    const { stream, first } = await listen(relay(), 'target=live,other');
    expect(stream.response.headers).to.include({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    expect(first.event).to.equal('open');
    expect(first.data.targets).to.deep.equal(['live', 'other']);
    expect(first.id).to.match(/^[0-9A-Za-z]{12}$/);
    const mid = await send(relay(), '/live.send?text=one&desp=%C3%A9%0Atwo');
    await send(relay(), '/nobody.send?text=not+mine');
    await send(relay(), '/other.group?text=two');
    const message = await stream.next();
    expect(message).to.include({ event: 'message', id: message.data.id });
    expect(message.data).to.include({ event: 'message', mid, target: 'live', sendType: 'personal' });
    expect(message.data.message).to.deep.equal({ text: 'one', desp: 'é\ntwo', extra: {} });
    expect(message.data.expiresAt).to.be.greaterThan(message.data.createdAt);
    expect((await stream.next()).data).to.deep.include({ target: 'other', sendType: 'group' });
  });

  it('gives no form that is refused', async () => {
    const forms: readonly (readonly [string, string])[] = [
      ['application/x-ndjson;q=0, text/event-stream', 'text/event-stream'],
      ['application/x-ndjson; q=0.0', 'text/event-stream'],
      ['text/event-stream;q=0, */*', 'application/x-ndjson'],
      ['application/x-ndjson;q=0.1, text/event-stream', 'application/x-ndjson'],
    ];
    for (const [accept, type] of forms) {
      const { stream } = await listen(relay(), 'target=forms', { accept });
      expect(stream.response.headers['content-type'], accept).to.contain(type);
      stream.leave();
    }
  });

  it('refuses a place after which no message ever comes, and says what it expects', async () => {
    for (const since of ['9999999999999999', '9007199254740992']) {
      const { status, json } = await relay().request(`/v1/stream?target=x&since=${since}`);
      expect([status, json.error]).to.deep.equal([400, 'since must be the mid of a message, at most 9007199254740991']);
    }
  });

  it('gives lines to whoever accepts them', async () => {
    const { stream, first } = await listen(relay(), 'target=lines', { accept: 'application/x-ndjson' });
    expect(stream.response.headers['content-type']).to.equal('application/x-ndjson; charset=utf-8');
    expect(first.data.event).to.equal('open');
    await send(relay(), '/lines.send?text=one');
    expect((await stream.next()).data.message.text).to.equal('one');
  });

  it('takes the token in the query, because a browser can set no header', async () => {
    const stream = await openStream(relay().url(`/v1/stream?target=a&token=${TOKEN}`));
    expect((await stream.next()).event).to.equal('open');
  });

  it('goes on after the last event that was read, and tells each message once', async () => {
    await known(relay(), 'resumed');
    await send(relay(), '/resumed.send?text=before');
    const first = await listen(relay(), 'target=resumed');
    // The id of `open` is a place as well.
    first.stream.leave();
    await send(relay(), '/resumed.send?text=one');
    await send(relay(), '/resumed.send?text=two');
    const second = await listen(relay(), 'target=resumed', { 'last-event-id': first.first.id ?? '' });
    const one = await second.stream.next();
    expect(one.data.message.text).to.equal('one');
    second.stream.leave();
    // EventSource keeps the query that it was made with.
    const third = await listen(relay(), 'target=resumed&since=all', { 'last-event-id': one.id ?? '' });
    await send(relay(), '/resumed.send?text=three');
    expect(await third.stream.texts(2)).to.deep.equal(['two', 'three']);
  });

  it('begins with everything, with an id, a mid, or some time ago', async () => {
    await known(relay(), 'begun');
    await send(relay(), '/begun.send?text=one');
    await relay().clock.tick(60_000);
    const mid = await send(relay(), '/begun.send?text=two');
    const all = await listen(relay(), 'target=begun&since=all');
    expect(await all.stream.texts(2)).to.deep.equal(['one', 'two']);
    const { id } = all.stream.events()[1] ?? {};
    for (const since of [id, '30s', String(Number(mid) - 1)]) {
      const { stream } = await listen(relay(), `target=begun&since=${since}`);
      expect((await stream.texts(1))[0], `since=${since}`).to.equal('two');
    }
    const foreign = await listen(relay(), 'target=begun&since=000000000000');
    expect(await foreign.stream.texts(2), 'the id of another relay').to.deep.equal(['one', 'two']);
  });

  it('reads a long history in order, while more comes', async () => {
    await known(relay(), 'long');
    const count = 450;
    for (let number = 0; number < count; number += 1) await send(relay(), `/long.send?text=${number}`);
    const { stream } = await listen(relay(), 'target=long&since=all');
    await send(relay(), '/long.send?text=last');
    const expected = [...Array.from({ length: count }, (_, number) => String(number)), 'last'];
    expect(await stream.texts(count + 1)).to.deep.equal(expected);
  });

  it('sends signs of life', async () => {
    const { stream } = await listen(relay(), 'target=alive');
    await relay().clock.tick(45_000);
    const sign = await stream.next();
    expect(sign).to.include({ event: 'keepalive', id: undefined });
    expect(sign.data).to.have.keys('event', 'time');
  });

  it('tells what happens to messages that are there already', async () => {
    const { stream } = await listen(relay(), 'target=alerted');
    await relay().request('/alerted.group?text=down&key=disk&state=firing&wait=0');
    expect((await stream.next()).data.message.text).to.equal('down');
    const update = await stream.next();
    expect(update).to.include({ event: 'update', id: undefined });
    expect(update.data).to.include({ event: 'update', target: 'alerted', key: 'disk' });
  });

  it('knows a message with an acceptance number by its id', async () => {
    await known(relay(), 'delayed');
    await relay().request('/delayed.send?text=later&in=1m&wait=0');
    await send(relay(), '/delayed.send?text=first');
    const live = await listen(relay(), 'target=delayed&since=all');
    await relay().clock.tick(61_000);
    await send(relay(), '/delayed.send?text=last');
    expect(await live.stream.texts(3)).to.deep.equal(['first', 'later', 'last']);
    const laterOf = ({ stream }: typeof live) => stream.events().find(({ data }) => data.message?.text === 'later')?.id;
    const id = laterOf(live);
    const stored = await listen(relay(), 'target=delayed&since=all');
    await stored.stream.texts(2);
    expect(laterOf(stored), 'stored and live').to.equal(id);
    const again = await listen(relay(), `target=delayed&since=${id}`);
    expect(await again.stream.texts(1)).to.deep.equal(['last']);
  });

  describe('refuses', () => {
    const cases: [string, string, Record<string, string>, number, string][] = [
      ['a caller without a token', 'target=a', {}, 401, 'unauthorized'],
      ['a wrong token', 'target=a', { authorization: 'wrong' }, 401, 'unauthorized'],
      ['no target', '', AS_OWNER, 400, 'invalid'],
      ['a target that cannot be', `target=${'a'.repeat(65)}`, AS_OWNER, 400, 'invalid'],
      [
        'more targets than it takes',
        `target=${Array.from({ length: 101 }, (_, index) => index)}`,
        AS_OWNER,
        400,
        'invalid',
      ],
      ['a place that it cannot read', 'target=a&since=yesterday', AS_OWNER, 400, 'invalid'],
      ['a target beside ack', 'target=a&ack=a', AS_OWNER, 400, 'invalid'],
      ['a place beside ack', 'since=all&ack=a', AS_OWNER, 400, 'invalid'],
    ];
    for (const [what, query, headers, expected, code] of cases) {
      it(what, async () => {
        const answer = await relay().fetch(`/v1/stream?${query}`, { headers });
        expect([answer.status, answer.json.code]).to.deep.equal([expected, code]);
      });
    }

    it('a device that asks for what others get', async () => {
      const auth = await known(relay(), 'curious');
      const ask = (query: string) => relay().fetch(`/v1/stream?${query}`, { headers: { authorization: auth } });
      expect((await ask('target=curious,private')).status).to.equal(403);
      expect((await ask('ack=private')).status).to.equal(403);
      const own = await openStream(relay().url('/v1/stream?target=curious'), { authorization: auth });
      expect((await own.next()).event).to.equal('open');
    });

    it('more streams than the bounds allow, with the name of the bound', async () => {
      const small = await world({ config: { streams: { maxListeners: 2, maxListenersPerAddress: 1 } } });
      const { stream } = await listen(small, 'target=a');
      const ask = () => small.request('/v1/stream?target=a');
      const refused = await ask();
      expect(refused.status).to.equal(429);
      expect(refused.headers.get('retry-after')).to.equal('10');
      expect(refused.json.error).to.include('streams.maxListenersPerAddress');
      stream.leave();
      await eventually(
        'the place is free',
        async () => (await openStream(small.url(`/v1/stream?target=a&token=${TOKEN}`))).status === 200,
      );
    });
  });

  it('ends when the device whose token it showed is removed', async () => {
    const auth = await known(relay(), 'leaving');
    const stream = await openStream(relay().url('/v1/stream?target=leaving'), { authorization: auth });
    await stream.next();
    await relay().request('/v1/devices/leaving', { method: 'DELETE' });
    await eventually('the end of the stream', () => stream.ending === 'cut');
  });

  it('ends with its connection when the relay closes', async () => {
    const closing = await world();
    const { stream } = await listen(closing, 'target=a');
    await closing.stop();
    await eventually('the end of the stream', () => stream.ending === 'cut');
  });

  describe('with ack', () => {
    it('is a socket of the device: its messages wait until they are acknowledged', async () => {
      await known(relay(), 'pager', 'family');
      const waiting = await send(relay(), '/pager.send?text=waiting');
      const { stream, first } = await listen(relay(), 'ack=pager');
      expect(first.data).to.deep.include({ event: 'open', device: 'pager' });
      const one = await stream.next();
      expect(one.data).to.deep.include({ mid: waiting, target: 'pager' });
      const mid = await send(relay(), '/family.group?text=two');
      const two = await stream.next();
      expect(two.data).to.deep.include({ mid, target: 'family' });
      expect(await status(relay(), waiting)).to.deep.equal({ pager: 'ready' });
      const answer = await relay().request(`/v1/messages/${two.id}/ack?device=pager`, { method: 'POST' });
      expect(answer.json).to.deep.equal({ mid, device: 'pager', acknowledged: true });
      expect(await status(relay(), mid)).to.deep.equal({ pager: 'ok' });
      await eventually('what came before is acknowledged', async () => (await status(relay(), waiting)).pager === 'ok');
    });

    it('takes Last-Event-ID for an acknowledgement, and sends the rest again', async () => {
      await known(relay(), 'radio');
      const mids: string[] = [];
      for (const text of ['one', 'two', 'three']) mids.push(await send(relay(), `/radio.send?text=${text}`));
      const { stream } = await listen(relay(), 'ack=radio');
      const [, second] = [await stream.next(), await stream.next(), await stream.next()];
      stream.leave();
      const again = await listen(relay(), 'ack=radio', { 'last-event-id': second.id ?? '' });
      expect(await again.stream.texts(1)).to.deep.equal(['three']);
      for (const mid of mids.slice(0, 2)) {
        await eventually(`${mid} is acknowledged`, async () => (await status(relay(), mid)).radio === 'ok');
      }
      expect(await status(relay(), mids[2] ?? '')).to.deep.equal({ radio: 'ready' });
    });

    it('acknowledges nothing that was not sent on the stream', async () => {
      await known(relay(), 'quiet');
      const first = await send(relay(), '/quiet.send?text=one');
      const second = await send(relay(), '/quiet.send?text=two');
      await relay().request(`/v1/messages/${second}/ack?device=quiet`, { method: 'POST' });
      expect(await status(relay(), first)).to.deep.equal({ quiet: 'ready' });
      const { stream } = await listen(relay(), 'ack=quiet');
      expect(await stream.texts(1)).to.deep.equal(['one']);
    });

    it('registers a device that is new, and bears its name alone', async () => {
      const { stream } = await listen(relay(), 'ack=fresh');
      const reply = relay().request('/fresh.send?text=hello');
      const message = await stream.next();
      await relay().request(`/v1/messages/${message.id}/ack?device=fresh`, { method: 'POST' });
      expect((await reply).json.data).to.include({ fresh: 'ok' });
      const socket = await relay().device('fresh');
      await eventually('the end of the stream', () => stream.ending === 'cut');
      await listen(relay(), 'ack=fresh');
      expect((await socket.closed).code).to.equal(4409);
    });

    it('says what is wrong with an acknowledgement', async () => {
      const acknowledge = async (path: string) => (await relay().request(path, { method: 'POST' })).status;
      await known(relay(), 'known');
      expect(await acknowledge('/v1/messages/abc/ack?device=known')).to.equal(400);
      expect(await acknowledge('/v1/messages/1/ack?device=unknown')).to.equal(404);
      expect(await acknowledge('/v1/messages/1/ack')).to.equal(400);
      const answer = await relay().request('/v1/messages/1/ack?device=known', { method: 'POST' });
      expect(answer.json).to.deep.equal({ mid: '1', device: 'known', acknowledged: false });
    });
  });
});
