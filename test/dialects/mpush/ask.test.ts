import { expect } from 'chai';
import { onCleanup } from '../../support/cleanup.ts';
import { eventually } from '../../support/eventually.ts';
import type { TestDevice } from '../../support/relay-client.ts';
import { sharedWorld } from '../../support/shared-world.ts';
import { openStream } from '../../support/stream-reader.ts';
import { startTarget } from '../../transports/webhook/servers.ts';
import { type Answer, TOKEN, type World, world } from '../../world.ts';

const JSON_ONLY = { accept: 'application/json' };
const QUESTION = 'text=Deploy%3F&options=yes,no';

/** Asks without waiting for the answer. */
const ask = (relay: World, path: string, init: RequestInit = {}) => relay.request(path, init);

/** The question in the next message of a device. */
async function asked(device: TestDevice) {
  const { mid, message } = (await device.packet('MESSAGE')).data;
  return { mid, text: message.text, ...message.extra };
}

function answer(relay: World, id: string, text: unknown, authorization = TOKEN): Promise<Answer> {
  const headers = { authorization, 'content-type': 'application/json' };
  return relay.request(`/v1/answers/${id}`, { method: 'POST', headers, body: JSON.stringify({ answer: text }) });
}

describe('a question', () => {
  const relay = sharedWorld({
    config: {
      answers: { allowPrivateCallbacks: true },
      keys: [
        { name: 'ci', key: 'key-of-the-ci_1', send: ['phone', 'family', 'hall'] },
        { name: 'butler', key: 'key-of-butler_1', device: 'bell', receive: ['hall'] },
      ],
    },
  });

  it('is answered by the device that gets it, as text', async () => {
    const phone = await relay().device('phone', { acknowledge: true });
    const reply = ask(relay(), `/phone.ask?${QUESTION}&wait=60`);
    const question = await asked(phone);
    expect(question.text).to.equal('Deploy?');
    expect(question.ask).to.deep.include({ kind: 'choice', options: ['yes', 'no'] });
    expect(question.ask.until).to.be.closeTo(relay().clock.now() + 60_000, 1000);
    expect(question.expires).to.be.closeTo(question.ask.until / 1000, 2);
    const { status, json } = await answer(relay(), question.ask.id, 'yes', phone.auth);
    expect([status, json.state, json.by]).to.deep.equal([200, 'answered', 'phone']);
    const { status: code, text, headers } = await reply;
    expect([code, text, headers.get('content-type')]).to.deep.equal([200, 'yes\n', 'text/plain; charset=utf-8']);
  });

  it('is answered as JSON where the caller asks for that', async () => {
    const phone = await relay().device('phone', { acknowledge: true });
    const body = JSON.stringify({ text: 'When?', reply: 'text', wait: 60 });
    const headers = { ...JSON_ONLY, 'content-type': 'application/json' };
    const reply = ask(relay(), '/phone.ask', { method: 'POST', body, headers });
    const { mid, ask: question } = await asked(phone);
    expect(question.kind).to.equal('text');
    await answer(relay(), mid, ' at nine ');
    const { json, status } = await reply;
    expect([status, json]).to.deep.equal([
      200,
      { answer: 'at nine', by: 'owner', at: json.at, mid, id: question.id, state: 'answered' },
    ]);
    expect(json.at).to.be.a('number');
  });

  it('goes to a group, where the first answer wins and the others see it', async () => {
    const [pixel, tablet] = [
      await relay().device('pixel', { group: 'family', acknowledge: true }),
      await relay().device('tablet', { group: 'family', acknowledge: true }),
    ];
    const watcher = await relay().socket();
    const events = { token: TOKEN, name: 'watcher', group: 'family', events: true };
    watcher.send({ cmd: 'AUTH', data: events });
    await watcher.packet('AUTH');
    const reply = ask(relay(), '/family.ask?text=Pizza%3F&options=["yes, please","no"]&wait=60');
    const { ask: question, mid } = await asked(pixel);
    expect(question.options).to.deep.equal(['yes, please', 'no']);
    pixel.send({ cmd: 'ANSWER', data: { mid, answer: 'yes, please' } });
    expect((await pixel.packet('ANSWER_REPLY')).data).to.include({ answer: 'yes, please', by: 'pixel' });
    tablet.send({ cmd: 'ANSWER', data: { id: question.id, answer: 'no' } });
    expect((await tablet.packet('INFO')).data).to.equal('answered: yes, please, by pixel');
    pixel.send({ cmd: 'ANSWER', data: { id: question.id, answer: 'yes, please' } });
    await pixel.packet('ANSWER_REPLY');
    expect((await reply).text).to.equal('yes, please\n');
    const told = await watcher.packet('ANSWER');
    expect(told.data.state).to.equal('open');
    expect((await watcher.packet('ANSWER')).data).to.include({ state: 'answered', by: 'pixel', id: question.id });
    const late = await answer(relay(), question.id, 'no', tablet.auth);
    expect([late.status, late.json.code, late.json.error, late.json.by]).to.deep.equal([
      409,
      'conflict',
      'answered: yes, please, by pixel',
      'pixel',
    ]);
    await eventually('it counts as read', async () => {
      const { json } = await relay().request('/v1/devices/tablet/messages');
      return json.messages.at(-1).read === true;
    });
    for (const data of [{}, { mid: 1, answer: 'no' }, { id: ['x'] }, { id: 'x', answer: {} }, null, []]) {
      tablet.send({ cmd: 'ANSWER', data });
      await tablet.packet('INFO');
    }
  });

  it('has a default when nobody answers in time', async () => {
    const phone = await relay().device('phone', { acknowledge: true });
    const paths = [`/phone.ask?${QUESTION}&wait=5&default=no`, `/phone.ask?${QUESTION}&wait=5`];
    const replies = [...paths.map((path) => ask(relay(), path)), ask(relay(), paths[0] ?? '', { headers: JSON_ONLY })];
    const questions = [await asked(phone), await asked(phone), await asked(phone)];
    await relay().clock.tick(5001);
    const [text, bare, object] = await Promise.all(replies);
    expect([text?.status, text?.text, text?.headers.get('x-error-code')]).to.deep.equal([408, 'no\n', 'timeout']);
    expect([bare?.status, bare?.text]).to.deep.equal([408, '']);
    expect([object?.status, object?.json.answer, object?.json.by, object?.json.state]).to.deep.equal([
      408,
      'no',
      null,
      'expired',
    ]);
    const late = await answer(relay(), questions[0].ask.id, 'yes');
    expect([late.status, late.json.code, late.json.state]).to.deep.equal([410, 'gone', 'expired']);
  });

  it('keeps a connection alive with white space where the answer is JSON', async () => {
    const phone = await relay().device('phone', { acknowledge: true });
    const stream = openStream(relay().url(`/phone.ask?${QUESTION}&wait=60`), { authorization: TOKEN, ...JSON_ONLY });
    const { ask: question } = await asked(phone);
    await relay().clock.tick(41_000);
    const reader = await stream;
    await eventually('two blanks came', () => reader.text === '  ');
    await answer(relay(), question.id, 'no');
    await eventually('it is whole', () => reader.ending === 'whole');
    expect([reader.status, JSON.parse(reader.text).answer]).to.deep.equal([200, 'no']);
  });

  it('is withdrawn when the caller leaves, unless it says otherwise or may come back', async () => {
    const phone = await relay().device('phone', { acknowledge: true });
    const stateAfterLeaving = async (more: string, headers: Record<string, string> = {}) => {
      const leaving = new AbortController();
      const { signal } = leaving;
      const reply = ask(relay(), `/phone.ask?${QUESTION}${more}`, { signal, headers }).catch(() => undefined);
      const { ask: question } = await asked(phone);
      leaving.abort();
      await reply;
      return async () => (await relay().request(`/v1/answers/${question.id}`)).json.state;
    };
    for (const [more, headers] of [
      ['', {}],
      ['&cancel=1', { 'idempotency-key': 'leaves 1' }],
    ] as const) {
      const state = await stateAfterLeaving(more, headers);
      await eventually('it is withdrawn', async () => (await state()) === 'cancelled');
    }
    const kept = [
      await stateAfterLeaving('&cancel=0'),
      await stateAfterLeaving('', { 'idempotency-key': 'leaves 2' }),
      await stateAfterLeaving('&idempotency=leaves+3'),
    ];
    // What happens to them would have happened by the time that another one is withdrawn.
    const state = await stateAfterLeaving('');
    await eventually('it is withdrawn', async () => (await state()) === 'cancelled');
    expect(await Promise.all(kept.map((one) => one()))).to.deep.equal(['open', 'open', 'open']);
  });

  it('is held again for the same idempotency key, and sent once', async () => {
    const phone = await relay().device('phone', { acknowledge: true });
    const headers = { 'idempotency-key': 'deploy 7' };
    const first = ask(relay(), `/phone.ask?${QUESTION}`, { headers });
    const { ask: question } = await asked(phone);
    const second = ask(relay(), `/phone.ask?${QUESTION}`, { headers });
    const other = await ask(relay(), '/phone.ask?text=Deploy%3F&options=now,later', { headers });
    expect([other.status, other.headers.get('x-error-code')]).to.deep.equal([409, 'conflict']);
    await answer(relay(), question.id, 'yes');
    const third = ask(relay(), `/phone.ask?${QUESTION}`, { headers });
    const texts = (await Promise.all([first, second, third])).map(({ text }) => text);
    expect(texts).to.deep.equal(Array(3).fill('yes\n'));
    await relay().request('/phone.send?text=next&wait=0');
    expect((await asked(phone)).text).to.equal('next');
  });

  it('may have a file, and comes as a form too', async () => {
    const phone = await relay().device('phone', { acknowledge: true });
    const form = new FormData();
    for (const [name, value] of [
      ['text', 'Who is this?'],
      ['options', 'family'],
      ['options', 'nobody, really'],
    ] as const) {
      form.append(name, value);
    }
    form.append('file', new Blob(['x']), 'door.jpg');
    const reply = ask(relay(), '/phone.ask', { method: 'POST', body: form });
    const question = await asked(phone);
    expect(question.ask.options).to.deep.equal(['family', 'nobody, really']);
    expect(question.attachment).to.include({ name: 'door.jpg', size: 1 });
    await answer(relay(), question.ask.id, 'family', phone.auth);
    expect((await reply).text).to.equal('family\n');
    expect((await fetch(question.attachment.url)).status).to.equal(200);
  });

  it('is answered at once with wait=0, and then asked about', async () => {
    const phone = await relay().device('phone', { acknowledge: true });
    const { status, json } = await ask(relay(), `/phone.ask?${QUESTION}&wait=0&ttl=2h`);
    const { ask: question, mid } = await asked(phone);
    expect([status, json]).to.deep.equal([202, { mid, id: question.id, answer: `/v1/answers/${mid}` }]);
    expect(question.until).to.be.closeTo(relay().clock.now() + 7_200_000, 1000);
    const stream = await openStream(relay().url(json.answer), { authorization: TOKEN, accept: 'text/event-stream' });
    expect((await stream.next()).data).to.include({ state: 'open', id: question.id });
    expect((await relay().request(json.answer)).json.state).to.equal('open');
    await answer(relay(), json.answer.split('/').at(-1), 'NO', phone.auth);
    expect((await stream.next()).data).to.include({ state: 'answered', answer: 'no' });
    await eventually('the stream ends as a whole', () => stream.ending === 'whole');
  });

  it('tells a callback, again until it is taken', async () => {
    const phone = await relay().device('phone', { acknowledge: true });
    const target = await startTarget((response) => {
      response.statusCode = target.arrived.length === 1 ? 503 : 204;
      response.end();
    });
    onCleanup(() => target.close());
    await ask(relay(), `/phone.ask?${QUESTION}&wait=0&callback=${encodeURIComponent(target.url)}`);
    const { ask: question, mid } = await asked(phone);
    await answer(relay(), question.id, 'yes', phone.auth);
    await eventually('the first call came', () => target.arrived.length === 1);
    await eventually('a second one came', async () => {
      await relay().clock.tick(1000);
      return target.arrived.length === 2;
    });
    const [one, two] = target.arrived;
    expect(one?.method).to.equal('POST');
    expect(two?.body).to.equal(one?.body);
    expect(JSON.parse(two?.body ?? '')).to.deep.include({ id: question.id, mids: [mid], answer: 'yes', by: 'phone' });
  });

  it('has an address in its message that answers without a credential', async () => {
    const phone = await relay().device('phone', { acknowledge: true });
    const reply = ask(relay(), `/phone.ask?${QUESTION}&wait=60`);
    const { answer: address } = await asked(phone);
    expect(address).to.match(/^http:\/\/127\.0\.0\.1:\d+\/a\/[A-Za-z0-9]{52}$/);
    const posted = await fetch(address, { method: 'POST', body: new URLSearchParams({ answer: 'yes' }) });
    expect([posted.status, await posted.text()]).to.deep.equal([200, 'answered: yes, by phone\n']);
    expect((await reply).text).to.equal('yes\n');
  });

  it('is asked and answered by keys that may', async () => {
    const hall = await relay().device('hall', { acknowledge: true });
    const phone = await relay().device('phone', { acknowledge: true });
    const [ci, butler] = [{ authorization: 'key-of-the-ci_1' }, { authorization: 'key-of-butler_1' }];
    const question = async (device: TestDevice, name: string) => {
      const { json } = await ask(relay(), `/${name}.ask?${QUESTION}&wait=0`, { headers: ci });
      await asked(device);
      return json.answer.split('/').at(-1);
    };
    const [atHall, atPhone] = [await question(hall, 'hall'), await question(phone, 'phone')];
    expect((await answer(relay(), atPhone, 'yes', butler.authorization)).status).to.equal(404);
    expect((await answer(relay(), atPhone, 'yes', hall.auth)).status).to.equal(404);
    expect((await answer(relay(), atHall, 'yes', ci.authorization)).status, 'the asker').to.equal(403);
    const { json } = await answer(relay(), atHall, 'yes', butler.authorization);
    expect([json.by, json.from]).to.deep.equal(['butler', 'ci']);
    const list = async (headers: Record<string, string>) => {
      const found = await relay().request('/v1/answers?open=1&limit=1000', { headers });
      return found.json.answers.map(({ mids }: { mids: string[] }) => mids[0]);
    };
    expect(await list(ci)).to.deep.equal([atPhone]);
    expect(await list(butler)).to.deep.equal([]);
    expect(await list({ authorization: phone.auth })).to.include(atPhone);
    const withdraw = (authorization: string) =>
      relay().request(`/v1/answers/${atPhone}`, { method: 'DELETE', headers: { authorization } });
    expect((await withdraw(phone.auth)).status).to.equal(403);
    expect((await withdraw(butler.authorization)).status).to.equal(404);
    const withdrawn = await withdraw(ci.authorization);
    expect([withdrawn.status, withdrawn.json.state]).to.deep.equal([200, 'cancelled']);
    expect((await withdraw(ci.authorization)).json.state).to.equal('cancelled');
    const refused = await ask(relay(), `/tablet.ask?${QUESTION}`, { headers: ci });
    expect(refused.status).to.be.oneOf([403, 404]);
  });

  it('does not tell a key which names there are that it may not send to', async () => {
    await relay().device('secret', { acknowledge: true });
    const refusals = await Promise.all(
      ['secret', 'nobody'].map(async (name) => {
        const asked = await ask(relay(), `/${name}.ask?${QUESTION}`, { headers: { authorization: 'key-of-the-ci_1' } });
        return [asked.status, asked.text.replace(name, '…')];
      }),
    );
    expect(refusals[0]).to.deep.equal([403, '{"cmd":"INFO","data":"the key ci may not send to …"}']);
    expect(refusals[1]).to.deep.equal(refusals[0]);
  });

  it('ends for the caller, and is withdrawn, as soon as the key of the caller ends', async () => {
    const phone = await relay().device('phone', { acknowledge: true });
    const settings = JSON.stringify({ name: 'short', device: 'phone' });
    const { key } = (await relay().request('/v1/keys', { method: 'POST', body: settings })).json;
    const held = (more: string) =>
      relay().fetch(`/phone.ask?${QUESTION}&wait=60${more}`, { headers: { authorization: key } });
    const stateOf = async (id: string) => (await relay().request(`/v1/answers/${id}`)).json.state;
    const reply = held('');
    const first = await asked(phone);
    const kept = held('&cancel=0');
    const second = await asked(phone);
    // The key may still do what it did.
    await relay().request('/v1/keys/short', { method: 'PATCH', body: '{"send":["phone","hall"]}' });
    expect(await stateOf(first.ask.id)).to.equal('open');
    await relay().request('/v1/keys/short', { method: 'DELETE' });
    expect([(await reply).status, (await kept).status]).to.deep.equal([401, 401]);
    expect((await reply).text).to.include('this key has ended');
    await eventually('it is withdrawn', async () => (await stateOf(first.ask.id)) === 'cancelled');
    expect(await stateOf(second.ask.id)).to.equal('open');
  });

  it('is not answered to a caller whose key has ended', async () => {
    const phone = await relay().device('phone', { acknowledge: true });
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ name: 'short', device: 'phone' });
    const { json } = await relay().request('/v1/keys', { method: 'POST', headers, body });
    const reply = ask(relay(), `/phone.ask?${QUESTION}`, { headers: { authorization: json.key } });
    const { ask: question } = await asked(phone);
    await relay().request('/v1/keys/short', { method: 'DELETE' });
    await answer(relay(), question.id, 'yes');
    expect((await reply).status).to.equal(401);
    expect((await reply).text).not.to.include('yes');
  });

  it('is refused with a text that says what was expected, and changes nothing', async () => {
    const phone = await relay().device('phone', { acknowledge: true });
    const before = (await relay().request('/v1/answers?limit=1000')).json.answers.length;
    const options = 'options must be 2 to 5 different texts of 1 to 40 characters, such as options=yes,no';
    const kind = 'expected options, such as options=yes,no, or reply=text';
    const table: [string, number, string][] = [
      ['text=x', 400, kind],
      ['text=x&options=yes,no&reply=text', 400, kind],
      ['text=x&reply=number', 400, 'reply must be text'],
      ...['yes', 'a,a', 'a,,b', '1,2,3,4,5,6', `a,${'x'.repeat(41)}`, '[1,2]', '["a"', '{"a":1}', 'a,b\u0000', ''].map(
        (value): [string, number, string] => [`text=x&options=${encodeURIComponent(value)}`, 400, options],
      ),
      [QUESTION.replace('text', 'other'), 400, 'expected a text in text or desp'],
      ...['-1', '3601', '1.5', 'x', '1e3', '', '99999999'].map((value): [string, number, string] => [
        `${QUESTION}&wait=${value}`,
        400,
        'wait must be a whole number of seconds from 0 to 3600 (answers.maxWait)',
      ]),
      [`${QUESTION}&ttl=60`, 400, 'ttl goes with wait=0; a question that is waited for is over after wait'],
      [`${QUESTION}&wait=0&ttl=8d`, 400, 'ttl must be seconds or a duration such as 2h, from 1 s to 7 days'],
      [`${QUESTION}&cancel=maybe`, 400, 'cancel must be 0 or 1'],
      [
        `${QUESTION}&default=a%0Ab`,
        400,
        'default must be a text of at most 200 characters, without control characters',
      ],
      [`${QUESTION}&callback=ftp://x/`, 400, 'callback must be an https address of at most 2048 characters'],
      [`${QUESTION}&in=5m`, 400, 'a question cannot be sent later: leave out at, in and cron'],
    ];
    for (const [query, status, text] of table) {
      const refused = await ask(relay(), `/phone.ask?${query}`);
      expect([refused.status, refused.json?.data], query).to.deep.equal([status, text]);
    }
    const bodies: Record<string, unknown>[] = [
      ...[{ a: 1 }, [['a'], ['b']], [1, 2], ['a', null], ['a', 'a'], 'yes', null, true, 7].map((options) => ({
        options,
      })),
      ...[{}, [], [1, 2], '5s', true, -1, 1.5].map((wait) => ({ options: 'yes,no', wait })),
      ...[{}, ['a', 'b'], 7, null].map((preset) => ({ options: 'yes,no', default: preset })),
      ...[{}, ['https://example.org/', 'x'], 7, 'example.org', 'javascript:1'].map((callback) => ({
        ...{ options: 'yes,no', callback },
      })),
      ...[true, {}, 2].map((cancel) => ({ options: 'yes,no', cancel })),
      ...[['text', 'text'], {}, 1].map((reply) => ({ reply })),
    ];
    for (const body of bodies) {
      const init = { method: 'POST', headers: { 'content-type': 'application/json' } };
      const refused = await ask(relay(), '/phone.ask', { ...init, body: JSON.stringify({ text: 'x', ...body }) });
      expect([refused.status, refused.headers.get('x-error-code')], JSON.stringify(body)).to.deep.equal([
        400,
        'invalid',
      ]);
    }
    for (const [path, status] of [
      [`/nobody.ask?${QUESTION}`, 404],
      [`/a%2Fb.ask?${QUESTION}`, 404],
      [`/.ask?${QUESTION}`, 400],
      [`/%ff.ask?${QUESTION}`, 400],
      [`/phone.ask/?${QUESTION}`, 404],
    ] as const) {
      expect((await ask(relay(), path)).status, path).to.equal(status);
    }
    expect((await relay().fetch(`/phone.ask?${QUESTION}`)).status).to.equal(401);
    expect((await ask(relay(), `/phone.ask?${QUESTION}`, { method: 'DELETE' })).status).to.equal(405);
    const bot = { 'user-agent': 'Slackbot-LinkExpanding 1.0', authorization: TOKEN };
    expect((await ask(relay(), `/phone.ask?${QUESTION}`, { headers: bot })).status).to.equal(403);
    const link = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', authorization: TOKEN };
    expect((await openStream(relay().url(`/phone.ask?${QUESTION}`), link)).status).to.equal(403);
    expect((await relay().request('/v1/answers?limit=1000')).json.answers).to.have.length(before);
    expect(phone.frames.filter((frame) => frame.includes('"MESSAGE"'))).to.deep.equal([]);
  });
});

describe('a question to a webhook', () => {
  it('has the address at which the target answers', async () => {
    const target = await startTarget();
    onCleanup(() => target.close());
    const relay = await world({ config: { webhook: { clients: [{ name: 'hook', url: target.url }] } } });
    const reply = ask(relay, `/hook.ask?${QUESTION}`);
    await eventually('the target was called', () => target.arrived.length === 1);
    const { message } = JSON.parse(target.arrived[0]?.body ?? '').data;
    expect(message.extra.ask.options).to.deep.equal(['yes', 'no']);
    await fetch(`${message.extra.answer}?answer=no`, { method: 'POST' });
    expect((await reply).text).to.equal('no\n');
    const refused = await ask(relay, `/hook.ask?${QUESTION}&callback=https://10.0.0.1/x`);
    expect([refused.status, refused.json.data]).to.deep.equal([
      400,
      'callback must be on the public internet (see answers.allowPrivateCallbacks)',
    ]);
    expect((await ask(relay, `/hook.ask?${QUESTION}&callback=http://example.org/`)).status).to.equal(400);
  });
});

describe('a question to who reads a name with ntfy', () => {
  it('has buttons that answer', async () => {
    const relay = await world();
    const stream = await openStream(relay.url('/door/json'), { authorization: TOKEN });
    await eventually('it is open', () => stream.text.includes('"event":"open"'));
    const reply = ask(relay, '/door.ask?text=Let+in%3F&options=yes,no+%26+never');
    const line = await eventually('it came', () =>
      stream.text.split('\n').find((one) => one.includes('"event":"message"')),
    );
    const { actions, message } = JSON.parse(line ?? '');
    expect(message).to.equal('Let in?');
    expect(
      actions.map(({ label, action, method, clear }: Record<string, unknown>) => [label, action, method, clear]),
    ).to.deep.equal([
      ['yes', 'http', 'POST', true],
      ['no & never', 'http', 'POST', true],
    ]);
    await fetch(actions[1].url, { method: 'POST' });
    expect((await reply).text).to.equal('no & never\n');
    stream.leave();
    await eventually(
      'nobody reads it',
      async () => (await ask(relay, '/door.ask?text=x&reply=text&wait=0')).status === 404,
    );
  });
});

describe('many questions', () => {
  it('have bounds, for all and for each sender', async () => {
    const relay = await world({
      config: {
        answers: { maxOpen: 2, maxOpenPerSender: 1 },
        keys: [{ name: 'ci', key: 'key-of-the-ci_1', send: ['*'] }],
      },
    });
    await relay.device('phone');
    const one = () => ask(relay, `/phone.ask?${QUESTION}&wait=0`);
    expect((await one()).status).to.equal(202);
    const refused = await one();
    expect([refused.status, refused.json.data]).to.deep.equal([
      429,
      '1 questions wait for an answer (answers.maxOpenPerSender); withdraw some first',
    ]);
    const headers = { authorization: 'key-of-the-ci_1' };
    expect((await ask(relay, `/phone.ask?${QUESTION}&wait=0`, { headers })).status).to.equal(202);
  });

  it('are held open within the bounds of streams', async () => {
    const relay = await world({ config: { streams: { maxListenersPerAddress: 1 } } });
    const phone = await relay.device('phone', { acknowledge: true });
    const first = ask(relay, `/phone.ask?${QUESTION}`);
    const { ask: question } = await asked(phone);
    expect((await ask(relay, `/phone.ask?${QUESTION}`)).status).to.equal(429);
    await answer(relay, question.id, 'yes');
    expect((await first).text).to.equal('yes\n');
    const again = ask(relay, `/phone.ask?${QUESTION}`);
    await answer(relay, (await asked(phone)).ask.id, 'no');
    expect((await again).text).to.equal('no\n');
  });
});

describe('a restart', () => {
  it('keeps a question, and the caller comes back with its idempotency key', async () => {
    const relay = await world();
    const phone = await relay.device('phone', { acknowledge: true });
    const headers = { 'idempotency-key': 'over a restart' };
    const lost = ask(relay, `/phone.ask?${QUESTION}&wait=600&default=no`, { headers }).then(
      () => 'answered',
      () => 'cut',
    );
    const { ask: question } = await asked(phone);
    const silent = ask(relay, '/phone.ask?text=Again%3F&options=yes,no&wait=30&cancel=0').catch(() => undefined);
    const other = await asked(phone);
    await relay.stop();
    expect(await lost).to.equal('cut');
    await silent;
    await relay.start();
    const back = ask(relay, `/phone.ask?${QUESTION}&wait=600&default=no`, { headers });
    expect((await answer(relay, question.id, 'yes')).status).to.equal(200);
    expect((await back).text).to.equal('yes\n');
    await relay.clock.tick(31_000);
    expect((await relay.request(`/v1/answers/${other.mid}`)).json.state).to.equal('expired');
  });
});
