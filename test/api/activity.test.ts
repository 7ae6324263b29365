import { createServer } from 'node:http';
import { expect } from 'chai';
import type { ActivityMessage, ActivityPage, RouteHealth } from '../../shared/api.ts';
import { onCleanup } from '../support/cleanup.ts';
import { eventually } from '../support/eventually.ts';
import { leave } from '../support/leave.ts';
import { listen } from '../support/push-service/listen.ts';
import { twoWorlds } from '../support/redis/worlds.ts';
import { sharedWorld } from '../support/shared-world.ts';
import { TOKEN, type World, world } from '../world.ts';

const bearing = (authorization: string, init: RequestInit = {}) => ({ ...init, headers: { authorization } });

async function activity(relay: World, query = ''): Promise<ActivityPage> {
  const { status, json, text } = await relay.request(`/v1/activity${query}`);
  if (status !== 200) throw new Error(text);
  return json;
}

/** `title: device status (step, step)`. */
function briefly({ title, recipients }: ActivityMessage): string {
  const of = recipients.map(({ device, status, steps }) => {
    const walked = steps.map(({ status: reached, failure, transport = '' }) =>
      [reached ?? failure, transport].join(' ').trim(),
    );
    return `${device} ${status} (${walked.join(', ')})`;
  });
  return `${title}: ${of.join(', ')}`;
}

const titles = ({ messages }: ActivityPage) => messages.map(({ title }) => title);

async function send(relay: World, path: string): Promise<string> {
  return (await relay.request(`${path}&wait=0`)).json.data.mid;
}

/** A target whose answers a test chooses. */
async function target(): Promise<{ url: string; answer(status: number): void; readonly taken: number }> {
  let [status, taken] = [200, 0];
  const server = createServer((request, response) => {
    request.resume();
    if (status < 300) taken += 1;
    response.writeHead(status).end();
  });
  const port = await listen(server, 0, '127.0.0.1');
  onCleanup(() => void server.close());
  return {
    url: `http://user:secret@127.0.0.1:${port}/path`,
    answer(next) {
      status = next;
    },
    get taken() {
      return taken;
    },
  };
}

/** Makes a key. */
async function keyWith(relay: World, settings: object): Promise<string> {
  const init = { method: 'POST', body: JSON.stringify({ name: `key-${Math.random()}`, ...settings }) };
  return (await relay.request('/v1/keys', init)).json.key;
}

describe('GET /v1/activity', () => {
  it('has the last messages of all senders with the way to each recipient', async () => {
    const relay = await world();
    const phone = await relay.device('phone', { group: 'family' });
    await leave(relay, 'tablet', await relay.device('tablet', { group: 'family' }));
    const accepted = relay.clock.now();
    const first = await send(relay, '/phone.send?text=first&desp=body&priority=5&key=k');
    await phone.packet('MESSAGE');
    await relay.clock.tick(7);
    phone.send({ cmd: 'MESSAGE_CALLBACK', data: { mid: first } });
    await eventually('phone has it', async () => (await activity(relay)).messages[0]?.recipients[0]?.status === 'ok');
    await send(relay, '/family.group?text=second');
    const page = await activity(relay);
    expect(page.messages.map(briefly)).to.deep.equal([
      'second: phone ready (wait websocket), tablet ready ()',
      'first: phone ok (wait websocket, ok websocket)',
    ]);
    const { id, ...message } = page.messages[1] as ActivityMessage;
    expect(id).to.match(/^\w{12}$/);
    const steps = [
      { at: accepted, status: 'wait', transport: 'websocket' },
      { at: accepted + 7, status: 'ok', transport: 'websocket' },
    ];
    expect(message).to.deep.equal({
      mid: first,
      sendType: 'personal',
      target: 'phone',
      from: '',
      createdAt: accepted,
      expiresAt: message.createdAt + 7 * 86_400_000,
      title: 'first',
      priority: 5,
      key: 'k',
      recipients: [{ device: 'phone', status: 'ok', steps }],
      total: 1,
    });
    expect([page.more, page.last]).to.deep.equal([false, first]);
  });

  it('filters by sender, target and state, and goes on where a page ended', async () => {
    const relay = await world();
    await leave(relay, 'a', await relay.device('a', { group: 'g' }));
    const b = await relay.device('b', { group: 'g', acknowledge: true });
    const key = await keyWith(relay, { send: ['*'] });
    for (const text of ['1', '2', '3']) await send(relay, `/a.send?text=${text}`);
    const name = (await relay.request('/v1/keys')).json.keys[0].name;
    await relay.fetch('/b.send?text=4', bearing(key));
    await relay.request('/g.group?text=5&wait=0');
    await eventually('b has all', async () => titles(await activity(relay, '?status=received')).length === 2);
    expect(titles(await activity(relay, `?sender=${encodeURIComponent(name)}`))).to.deep.equal(['4']);
    expect(titles(await activity(relay, '?sender='))).to.deep.equal(['5', '3', '2', '1']);
    expect(titles(await activity(relay, '?target=a'))).to.deep.equal(['5', '3', '2', '1']);
    expect(titles(await activity(relay, '?target=g'))).to.deep.equal(['5']);
    expect(titles(await activity(relay, '?status=received'))).to.deep.equal(['5', '4']);
    expect(titles(await activity(relay, '?status=waiting'))).to.deep.equal(['5', '3', '2', '1']);
    expect(titles(await activity(relay, '?status=failed'))).to.deep.equal([]);
    const found: string[] = [];
    for (let query = ''; ; ) {
      const page = await activity(relay, `?target=a&limit=1${query}`);
      found.push(...titles(page));
      if (!page.more) break;
      query = `&before=${page.last}`;
    }
    expect(found).to.deep.equal(['5', '3', '2', '1']);
    b.ws.terminate();
  });

  it('knows the way of earlier messages after a restart', async () => {
    const relay = await world();
    await relay.device('phone', { acknowledge: true });
    await relay.request('/phone.send?text=x&wait=5');
    const [before] = (await activity(relay)).messages;
    expect(before?.recipients[0]?.steps).to.have.length(2);
    await relay.stop();
    await relay.start();
    expect((await activity(relay)).messages[0]).to.deep.equal(before);
  });

  it('is the same on all nodes', async () => {
    const [a, b] = await twoWorlds();
    await a.device('phone', { acknowledge: true });
    await send(b, '/phone.send?text=x');
    for (const relay of [a, b]) {
      await eventually('both nodes know each step', async () => {
        const [message] = (await activity(relay)).messages;
        const [recipient] = message?.recipients ?? [];
        return recipient?.status === 'ok' && recipient.steps.some(({ status }) => status === 'ok');
      });
    }
    for (const text of ['1', '2', '3']) await send(a, `/phone.send?text=${text}`);
    expect(titles(await activity(b, '?limit=3'))).to.deep.equal(['3', '2', '1']);
  });

  it('has at most 100 recipients of a message, those that failed or wait first', async () => {
    const relay = await world();
    const all = Array.from({ length: 120 }, (_, index) => `d${index}`);
    const post = (path: string, body = {}) => relay.request(path, { method: 'POST', body: JSON.stringify(body) });
    await Promise.all(all.map((name) => post('/v1/devices', { name, groups: ['g'] })));
    const mid = await send(relay, '/g.group?text=x');
    await Promise.all(all.slice(0, 110).map((name) => post(`/v1/messages/${mid}/ack?device=${name}`)));
    const [message] = (await activity(relay)).messages;
    expect([message?.recipients.length, message?.total]).to.deep.equal([100, 120]);
    const open = message?.recipients.slice(0, 10).map(({ status }) => status);
    expect(new Set(open)).to.deep.equal(new Set(['ready']));
    expect(message?.recipients[10]?.status).to.equal('ok');
  });

  describe('refuses', () => {
    const shared = sharedWorld();
    const bad = [
      ['limit=0', 'limit'],
      ['limit=201', 'limit'],
      ['limit=-1', 'limit'],
      ['limit=1.5', 'limit'],
      ['limit=x', 'limit'],
      ['before=x', 'before'],
      ['before=-1', 'before'],
      ['before=99999999999999999', 'before'],
      ['before=1%0A', 'before'],
      ['status=ok', 'status'],
      ['status=constructor', 'status'],
      [`sender=${'x'.repeat(513)}`, 'sender'],
      ['since=1', 'since'],
    ] as const;
    for (const [asked, named] of bad) {
      it(`${asked.slice(0, 30)}, and says what was expected`, async () => {
        const { status, json } = await shared().request(`/v1/activity?${asked}`);
        expect([status, json.code]).to.deep.equal([400, 'invalid']);
        expect(json.error).to.include(named);
      });
    }

    it('whoever does not manage the relay', async () => {
      const relay = shared();
      const { auth } = await relay.device('own');
      const [plain, manager] = [await keyWith(relay, { send: ['*'] }), await keyWith(relay, { manage: true })];
      const ask = async (path: string, init: RequestInit = {}) => (await relay.fetch(path, init)).status;
      for (const path of ['/v1/activity', '/v1/routes']) {
        expect(await ask(path), path).to.equal(401);
        expect(await ask(path, bearing('wrong')), path).to.equal(401);
        expect(await ask(path, bearing(auth)), path).to.equal(403);
        expect(await ask(path, bearing(plain)), path).to.equal(403);
        expect(await ask(path, bearing(manager)), path).to.equal(200);
        expect(await ask(path, bearing(TOKEN)), path).to.equal(200);
        expect(await ask(path, bearing(TOKEN, { method: 'PUT' })), path).to.equal(405);
      }
    });
  });
});

describe('POST /v1/activity/:mid/again', () => {
  it('sends what has failed once more, to that device alone, and tells how webhooks answered', async () => {
    const hook = await target();
    const clients = [{ name: 'hook', url: hook.url, group: 'g' }];
    const relay = await world({ config: { webhook: { clients }, storage: { ttl: 60_000, historyTtl: 3_600_000 } } });
    await relay.device('phone', { group: 'g', acknowledge: true });
    hook.answer(500);
    const mid = await send(relay, '/g.group?text=hello&desp=there');
    const again = (device: unknown, at = mid) =>
      relay.request(`/v1/activity/${at}/again`, { method: 'POST', body: JSON.stringify({ device }) });
    await eventually('the webhook has refused it', async () => {
      const [route] = (await relay.request('/v1/routes')).json.routes as RouteHealth[];
      return route?.failing === true && route.queued === 1;
    });
    expect((await again('hook')).json.code).to.equal('conflict');
    await eventually('it has failed', async () => {
      await relay.clock.tick(5000);
      return titles(await activity(relay, '?status=failed')).length === 1;
    });
    const { recipients } = (await activity(relay)).messages[0] as ActivityMessage;
    expect(recipients.map(({ device, status }) => [device, status])).to.deep.equal([
      ['hook', 'failed'],
      ['phone', 'ok'],
    ]);
    expect(recipients[0]?.steps.find(({ failure }) => failure !== undefined)?.reason).to.match(/500/);

    hook.answer(200);
    const { status, json } = await again('hook');
    expect([status, Object.keys(json)]).to.deep.equal([201, ['mid', 'status']]);
    await eventually('the webhook has it', async () => {
      await relay.clock.tick(5000);
      const [first] = (await activity(relay)).messages;
      return first?.mid === json.mid && first?.recipients[0]?.status === 'ok';
    });
    expect(hook.taken).to.equal(1);
    const { routes } = (await relay.request('/v1/routes')).json as { routes: RouteHealth[] };
    expect(routes.map(({ name, transport, failing, queued }) => [name, transport, failing, queued])).to.deep.equal([
      ['hook', 'webhook', false, 0],
    ]);
    expect(routes[0]?.origin).to.equal(new URL(hook.url).origin);
    expect(routes[0]?.answers[0]).to.include({ kind: 'taken', mid: json.mid });
    expect(routes[0]?.answers[1]?.reason).to.match(/500/);
    expect(JSON.stringify(routes)).to.not.include('secret');

    expect((await again('phone')).json.code).to.equal('conflict');
    expect((await again('nobody')).status).to.equal(404);
    expect((await again('__proto__')).status).to.equal(404);
    expect((await again('hook', '1')).status).to.equal(404);
    expect((await again('hook', 'x')).status).to.equal(404);
    expect((await again(7)).status).to.equal(400);
    const init = bearing((await relay.device('other')).auth, { method: 'POST', body: '{"device":"hook"}' });
    expect((await relay.fetch(`/v1/activity/${mid}/again`, init)).status).to.equal(403);
    expect(titles(await activity(relay))).to.deep.equal(['hello', 'hello']);
  });
});

describe('GET /v1/routes', () => {
  it('has the servers of apps with their answers', async () => {
    const server = await target();
    const webhooks = [{ url: server.url, events: ['channel_occupied'] }];
    const relay = await world({ config: { apps: [{ id: '7', key: 'k', secret: 's', webhooks }] } });
    const routes = async () => (await relay.request('/v1/routes')).json.routes as RouteHealth[];
    const origin = new URL(server.url).origin;
    expect(await routes()).to.deep.equal([
      { name: '7', transport: 'app', origin, failing: false, queued: 0, answers: [] },
    ]);
    server.answer(500);
    const socket = await relay.socket('/app/k?protocol=7');
    await socket.next();
    socket.send({ event: 'pusher:subscribe', data: { channel: 'room' } });
    await eventually('the server has refused a report', async () => {
      await relay.clock.tick(100);
      return (await routes())[0]?.failing === true;
    });
    expect((await routes())[0]?.answers[0]).to.include({ kind: 'retry' });
    socket.ws.terminate();
  });
});
