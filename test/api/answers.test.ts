import { expect } from 'chai';
import { eventually } from '../support/eventually.ts';
import { openStream } from '../support/stream-reader.ts';
import { TOKEN, type World, world } from '../world.ts';

const JSON_TYPE = { 'content-type': 'application/json' };

async function question(relay: World, path: string): Promise<string> {
  const { status, json } = await relay.request(`${path}&options=yes,no&wait=0`);
  expect(status).to.equal(202);
  return json.id;
}

const send = (relay: World, method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
  relay.request(path, {
    method,
    headers: { ...JSON_TYPE, ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });

describe('/v1/answers', () => {
  it('lists questions in pages, the latest first', async () => {
    const relay = await world();
    await relay.device('phone', { group: 'family', acknowledge: true });
    const ids: string[] = [];
    for (const path of ['/phone.ask?text=1', '/family.ask?text=2', '/phone.ask?text=3']) {
      ids.unshift(await question(relay, path));
      await relay.clock.tick(10);
    }
    const list = async (query: string) => {
      const { json } = await relay.request(`/v1/answers${query}`);
      return { ids: json.answers.map(({ id }: { id: string }) => id), cursor: json.cursor };
    };
    expect((await list('')).ids).to.deep.equal(ids);
    expect((await list('?target=family')).ids).to.deep.equal([ids[1]]);
    const first = await list('?limit=2');
    expect(first.ids).to.deep.equal(ids.slice(0, 2));
    expect(await list(`?limit=2&after=${first.cursor}`)).to.deep.equal({ ids: ids.slice(2), cursor: undefined });
    await send(relay, 'POST', `/v1/answers/${ids[0]}`, { answer: 'yes' });
    expect((await list('?open=1')).ids).to.deep.equal(ids.slice(1));
    for (const wrong of ['?open=2', '?limit=0', '?limit=1001', '?limit=x', '?after=%00']) {
      expect((await relay.request(`/v1/answers${wrong}`)).status, wrong).to.equal(400);
    }
  });

  it('lets a device answer under its new name what it was asked under its old one', async () => {
    const relay = await world();
    const { auth } = await relay.device('phone', { group: 'family', acknowledge: true });
    await relay.device('other', { acknowledge: true });
    const own = await question(relay, '/phone.ask?text=own');
    const shared = await question(relay, '/family.ask?text=shared');
    const others = await question(relay, '/other.ask?text=others');
    await eventually('the messages are acknowledged', async () => {
      const { devices } = (await relay.request('/v1/devices')).json;
      return devices.every(({ queued }: { queued: number }) => queued === 0);
    });
    const renamed = await send(relay, 'PATCH', '/v1/devices/phone', { name: 'pixel' }, { authorization: auth });
    expect(renamed.status).to.equal(200);
    const as = { authorization: renamed.json.auth };
    const answer = async (id: string) => (await send(relay, 'POST', `/v1/answers/${id}`, { answer: 'yes' }, as)).status;
    expect([await answer(own), await answer(shared), await answer(others)]).to.deep.equal([200, 200, 404]);
    const { json } = await relay.request(`/v1/answers/${own}`);
    expect([json.target, json.by]).to.deep.equal(['pixel', 'pixel']);
  });

  it('refuses what it does not expect, and changes nothing', async () => {
    const relay = await world();
    await relay.device('phone', { acknowledge: true });
    const id = await question(relay, '/phone.ask?text=1');
    const path = `/v1/answers/${id}`;
    for (const body of [
      '',
      '[]',
      'yes',
      '{"answer":1}',
      '{"answer":null}',
      '{"answer":["yes"]}',
      '{"answer":"maybe"}',
    ]) {
      expect((await send(relay, 'POST', path, body)).status, body).to.equal(400);
    }
    expect((await send(relay, 'POST', path, `{"answer":"${'x'.repeat(70_000)}"}`)).status).to.equal(413);
    for (const other of ['x', '0', '9'.repeat(40), 'A'.repeat(30), '%00', '..', '1796029766745', 'x'.repeat(5000)]) {
      expect((await relay.request(`/v1/answers/${other}`)).status, other).to.be.oneOf([400, 404]);
      expect((await send(relay, 'POST', `/v1/answers/${other}`, { answer: 'yes' })).status, other).to.be.oneOf([
        400, 404,
      ]);
    }
    expect((await relay.fetch(path)).status).to.equal(401);
    expect((await relay.fetch(path, { headers: { authorization: 'wrong' } })).status).to.equal(401);
    expect((await relay.request(path)).json.state).to.equal('open');
  });

  it('is no way to a question for a message that only claims to be one', async () => {
    const relay = await world();
    const phone = await relay.device('phone', { acknowledge: true });
    const id = await question(relay, '/phone.ask?text=Drop+the+database%3F');
    await phone.packet('MESSAGE');
    const ask = { id, kind: 'choice', options: ['yes', 'no'], until: relay.clock.now() + 60_000 };
    const body = JSON.stringify({ text: 'Lunch?', extra: { ask, answer: 'https://example.org/' } });
    await relay.request('/phone.send?wait=0', { method: 'POST', body, headers: JSON_TYPE });
    const { mid, message } = (await phone.packet('MESSAGE')).data;
    expect(message.extra).to.deep.equal({});
    expect((await relay.request(`/v1/answers/${mid}`)).status).to.equal(404);
  });

  it('ends a stream of a device that is removed, before the answer', async () => {
    const relay = await world();
    const phone = await relay.device('phone', { group: 'family', acknowledge: true });
    await relay.device('tablet', { group: 'family', acknowledge: true });
    const id = await question(relay, '/family.ask?text=1');
    const headers = { authorization: phone.auth, accept: 'text/event-stream' };
    const stream = await openStream(relay.url(`/v1/answers/${id}`), headers);
    expect((await stream.next()).data.state).to.equal('open');
    await relay.request('/v1/devices/phone', { method: 'DELETE' });
    await send(relay, 'POST', `/v1/answers/${id}`, { answer: 'yes' });
    await eventually('it is cut', () => stream.ending === 'cut');
    expect(stream.events()).to.have.length(1);
    const refused = await openStream(relay.url(`/v1/answers/${id}`), headers);
    expect(refused.status).to.equal(401);
    const again = await openStream(relay.url(`/v1/answers/${id}`), { ...headers, authorization: TOKEN });
    expect((await again.next()).data.state).to.equal('answered');
    await eventually('it is whole', () => again.ending === 'whole');
  });

  it('ends a stream with its key, with its device and with the token of the relay, though nobody answers', async () => {
    const relay = await world({ config: { token: '' } });
    const token = relay.relay.token;
    const owner = (method: string, path: string, body?: object) =>
      relay.fetch(path, {
        method,
        headers: { ...JSON_TYPE, authorization: token },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    const phone = await relay.device('phone', { token, acknowledge: true });
    const { key } = (await owner('POST', '/v1/keys', { name: 'asks', device: 'phone' })).json;
    const { id } = (await owner('GET', '/phone.ask?text=1&options=yes,no&wait=0')).json;
    const { id: own } = (
      await relay.fetch('/phone.ask?text=2&options=yes,no&wait=0', { headers: { authorization: key } })
    ).json;
    const follow = async (authorization: string, question: string) => {
      const stream = await openStream(relay.url(`/v1/answers/${question}`), {
        authorization,
        accept: 'text/event-stream',
      });
      await stream.next();
      return stream;
    };
    const [byKey, byPhone, byOwner] = [await follow(key, own), await follow(phone.auth, id), await follow(token, id)];
    await owner('DELETE', '/v1/keys/asks');
    await eventually('the key has ended', () => byKey.ending === 'cut');
    await owner('DELETE', '/v1/devices/phone');
    await eventually('the device is gone', () => byPhone.ending === 'cut');
    expect(byOwner.ending).to.equal(undefined);
    await owner('POST', '/v1/token/rotate', { keep: 0 });
    await eventually('the token has ended', () => byOwner.ending === 'cut');
  });

  it('tells who listens to the target of an answer', async () => {
    const relay = await world();
    await relay.device('phone', { acknowledge: true });
    const stream = await openStream(relay.url('/v1/stream?target=phone'), { authorization: TOKEN });
    await stream.next();
    const id = await question(relay, '/phone.ask?text=1');
    expect((await stream.next()).data.message.extra.ask.id).to.equal(id);
    await send(relay, 'POST', `/v1/answers/${id}`, { answer: 'no' });
    const { event, data } = await stream.next();
    expect([event, data.event, data.id, data.answer]).to.deep.equal(['answer', 'answer', id, 'no']);
  });

  it('is open to strangers as far as they may send', async () => {
    const relay = await world({ config: { http: { verifyToken: false } } });
    await relay.device('phone', { acknowledge: true });
    const { status, json } = await relay.fetch('/phone.ask?text=1&options=yes,no&wait=0');
    expect(status).to.equal(202);
    expect((await relay.fetch(json.answer)).json.state).to.equal('open');
    // One stranger is not told what others ask: mids can be guessed.
    expect((await relay.fetch(`/v1/answers/${json.mid}`)).status).to.equal(404);
    expect((await relay.fetch(`/v1/answers/${json.mid}`, { method: 'DELETE' })).status).to.equal(404);
    expect((await relay.fetch('/v1/answers')).status).to.equal(401);
    const headers = JSON_TYPE;
    const body = '{"answer":"yes"}';
    expect((await relay.fetch(json.answer, { method: 'POST', headers, body })).status).to.equal(403);
    expect((await relay.fetch(json.answer, { headers: { origin: 'https://evil.example' } })).status).to.equal(403);
    expect((await relay.fetch(json.answer, { method: 'DELETE' })).json.state).to.equal('cancelled');
  });
});
