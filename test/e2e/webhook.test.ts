import { createHmac } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { expect } from 'chai';
import { onCleanup } from '../support/cleanup.ts';
import type { FakeClock } from '../support/clock.ts';
import { eventually, soon } from '../support/eventually.ts';
import { tempDir } from '../support/temp-dir.ts';
import { type Answer, type Running, startTarget } from '../transports/webhook/servers.ts';
import { TOKEN, World } from '../world.ts';

/** Neither this wait nor those that grow from it are those of another timer of the relay, such as its sweep each minute. */
const RETRY = 3900;
const TIMEOUT = 20_000;

/** Waits of a relay, by their length. */
interface Timers {
  /** Resolves to the length of the next timer within these bounds, among those armed since the last such call. */
  armed(min: number, max?: number): Promise<number>;
}

function watch(clock: FakeClock): Timers {
  const lengths: number[] = [];
  let wake = () => {};
  const original = clock.setTimeout;
  clock.setTimeout = (run, ms) => {
    lengths.push(ms);
    wake();
    return original(run, ms);
  };
  return {
    async armed(min, max = min) {
      for (;;) {
        const index = lengths.findIndex((ms) => ms >= min && ms <= max);
        if (index >= 0) return lengths.splice(0, index + 1).at(-1) ?? 0;
        const armed = new Promise<void>((resolve) => {
          wake = resolve;
        });
        await soon(`a timer of ${min} to ${max} ms`, armed, { last: () => lengths });
      }
    },
  };
}

interface HookWorld {
  readonly relay: World;
  readonly timers: Timers;
}

/** A relay with these targets; on the directory of an earlier one, if named. */
async function hookWorld(clients: readonly object[], config: Record<string, object> = {}, dir?: string) {
  const relay = new World(dir ?? (await tempDir()), {
    config: {
      webhook: { retryTimeout: RETRY, timeout: TIMEOUT, clients },
      websocket: { pingInterval: 2 ** 31 - 1 },
      ...config,
    },
  });
  const timers = watch(relay.clock);
  onCleanup(() => relay.stop());
  await relay.start();
  return { relay, timers } satisfies HookWorld;
}

async function target(answer?: Answer): Promise<Running> {
  const running = await startTarget(answer);
  onCleanup(() => running.close());
  return running;
}

const status = (code: number, headers: Record<string, string> = {}) => {
  return (response: ServerResponse) => response.writeHead(code, headers).end();
};

/** Waits until the target has got so many requests. */
async function arrivals({ arrived, next }: Running, count: number): Promise<void> {
  while (arrived.length < count) await soon(`request ${count} at the target`, next(), { last: () => arrived.length });
}

/** Gives a request that must not come every chance to do so. */
async function quiet(relay: World): Promise<void> {
  for (let n = 0; n < 5; n += 1) await relay.request('/health');
}

const statusOf = async (relay: World, path: string) => (await relay.request(path)).json.data.status;

const midsOf = ({ arrived }: Running): string[] => arrived.map(({ body }) => JSON.parse(body).data.mid);

const textsOf = ({ arrived }: Running): string[] => arrived.map(({ body }) => JSON.parse(body).data.message.text);

async function historyOf(relay: World, name: string): Promise<string[]> {
  const { messages } = (await relay.request(`/v1/devices/${name}/messages`)).json;
  return messages.map((one: { message: { text: string }; status: string }) => `${one.message.text} ${one.status}`);
}

describe('a message to a webhook', () => {
  it('is sent over POST as a MESSAGE packet with the token, and is ok after a 2xx', async () => {
    const hook = await target(status(204));
    const { relay } = await hookWorld([{ name: 'hook', url: `${hook.url}/in?key=1` }]);
    const { json } = await relay.request(`/hook.send?text=t%201&desp=d%26%C3%A9&a=233&c=1&c=2`);
    expect(json.data.status).to.deep.equal({ hook: 'ok' });
    const [one] = hook.arrived;
    expect(hook.arrived).to.have.length(1);
    expect(one?.method).to.equal('POST');
    expect(one?.url).to.equal('/in?key=1');
    expect(one?.headers['content-type']).to.equal('application/json;charset=utf-8');
    expect(one?.headers.authorization).to.equal(TOKEN);
    expect(one?.headers).not.to.have.property('x-herald-signature');
    expect(one?.body).to.equal(
      '{"cmd":"MESSAGE","data":{"sendType":"personal","target":"hook","from":{"method":"http","name":""},' +
        `"message":{"text":"t 1","desp":"d&é","extra":{"a":"233","c":["1","2"]}},"mid":"${json.data.mid}"}}`,
    );
  });

  it('is sent over GET in the query, as mpush does', async () => {
    const hook = await target();
    const { relay } = await hookWorld([{ name: 'hook', group: 'all', url: `${hook.url}/p?x=1`, method: 'GET' }]);
    const extra = { a: 233, b: { hello: 'world' }, c: [1, 2], t: true, none: null, text: 'other', mid: '1' };
    const { json } = await relay.post({
      cmd: 'MESSAGE',
      data: { sendType: 'group', target: 'all', message: { text: 't 1', desp: 'd&é', extra } },
    });
    expect(json.data.status).to.deep.equal({ hook: 'ok' });
    const [one] = hook.arrived;
    expect(one?.method).to.equal('GET');
    expect(one?.body).to.equal('');
    expect(one?.headers.authorization).to.equal(TOKEN);
    expect(one?.url).to.equal(
      `/p?x=1&sendType=group&target=all&fromMethod=http&fromName=&mid=${json.data.mid}` +
        '&text=t+1&desp=d%26%C3%A9&a=233&b=%7B%22hello%22:%22world%22%7D&c[]=1&c[]=2&t=true',
    );
  });

  it('is signed if the target has a secret', async () => {
    const hook = await target();
    const secret = 'of the two alone';
    const sign = (text: string) => `sha256=${createHmac('sha256', secret).update(text).digest('hex')}`;
    const { relay } = await hookWorld([
      { name: 'post', group: 'all', url: hook.url, secret },
      { name: 'get', group: 'all', url: `${hook.url}/?x=1`, method: 'GET', secret },
    ]);
    expect(await statusOf(relay, '/all.group?text=%E4%BD%A0')).to.deep.equal({ post: 'ok', get: 'ok' });
    expect(hook.arrived).to.have.length(2);
    for (const { method, url, body, headers } of hook.arrived) {
      expect(headers['x-herald-signature']).to.equal(sign(method === 'GET' ? (url.split('?')[1] ?? '') : body));
    }
  });

  it('goes from ready to wait to ok', async () => {
    let [code, answer] = [500, () => {}];
    const hook = await target((response) => {
      answer = () => response.writeHead(code).end();
      if (code === 200) answer();
    });
    const { relay, timers } = await hookWorld([{ name: 'hook', url: hook.url }]);
    const first = relay.request('/hook.send?text=1&wait=1000');
    await arrivals(hook, 1);
    expect(await statusOf(relay, '/hook.send?text=2&wait=0')).to.deep.equal({ hook: 'ready' });
    answer();
    await timers.armed(RETRY);
    await relay.clock.tick(1000);
    expect((await first).json.data.status).to.deep.equal({ hook: 'wait' });
    code = 200;
    const last = relay.request('/hook.send?text=3&wait=50000');
    await eventually('three are kept', async () => (await historyOf(relay, 'hook')).length === 3);
    await relay.clock.tick(RETRY - 1000);
    expect((await last).json.data.status).to.deep.equal({ hook: 'ok' });
    expect(textsOf(hook)).to.deep.equal(['1', '1', '2', '3']);
    expect(await historyOf(relay, 'hook')).to.deep.equal(['1 ok', '2 ok', '3 ok']);
  });
});

describe('a target that fails', () => {
  it('is retried three times after retryTimeout, and then with longer waits', async () => {
    const hook = await target(status(500));
    const { relay, timers } = await hookWorld([{ name: 'hook', url: hook.url }]);
    await relay.request('/hook.send?text=x&wait=0');
    for (const attempt of [1, 2, 3]) {
      expect(await timers.armed(RETRY)).to.equal(RETRY);
      await relay.clock.tick(RETRY - 1);
      await quiet(relay);
      expect(hook.arrived).to.have.length(attempt);
      await relay.clock.tick(1);
      await arrivals(hook, attempt + 1);
    }
    for (const [attempt, wait] of [
      [4, 2 * RETRY],
      [5, 4 * RETRY],
    ] as const) {
      const armed = await timers.armed(wait * 0.75, wait * 1.25);
      await relay.clock.tick(armed - 1);
      await quiet(relay);
      expect(hook.arrived).to.have.length(attempt);
      await relay.clock.tick(1);
      await arrivals(hook, attempt + 1);
    }
    expect(new Set(midsOf(hook)).size).to.equal(1);
  });

  it('gets no request for as long as it asks', async () => {
    const hook = await target(status(429, { 'retry-after': '45' }));
    const { relay, timers } = await hookWorld([{ name: 'hook', url: hook.url }]);
    await relay.request('/hook.send?text=x&wait=0');
    expect(await timers.armed(45_000)).to.equal(45_000);
    await relay.clock.tick(44_999);
    await quiet(relay);
    expect(hook.arrived).to.have.length(1);
    await relay.clock.tick(1);
    await arrivals(hook, 2);
  });

  it('does not get a later message before an earlier one', async () => {
    let fails = 2;
    const hook = await target((response, { body }) => {
      const code = JSON.parse(body).data.message.text === '3' && fails-- > 0 ? 503 : 200;
      response.writeHead(code).end();
    });
    const { relay, timers } = await hookWorld([{ name: 'hook', url: hook.url }]);
    for (const text of [1, 2, 3, 4, 5]) await relay.request(`/hook.send?text=${text}&wait=0`);
    for (const attempts of [3, 4]) {
      await timers.armed(RETRY);
      await quiet(relay);
      expect(hook.arrived).to.have.length(attempts);
      await relay.clock.tick(RETRY);
    }
    await arrivals(hook, 7);
    expect(textsOf(hook)).to.deep.equal(['1', '2', '3', '3', '3', '4', '5']);
  });

  it('fails the message when its time to live ends, and gets no more requests', async () => {
    const hook = await target(status(500));
    const limits = { storage: { ttl: 100_000 }, http: { maxWaitTimeout: 1_000_000 } };
    const { relay, timers } = await hookWorld([{ name: 'hook', url: hook.url }], limits);
    const sent = relay.request('/hook.send?text=x&wait=1000000');
    await timers.armed(RETRY);
    for (let n = 0; n < 4; n += 1) {
      await relay.clock.tick(60_000);
      await quiet(relay);
    }
    expect((await sent).json.data.status).to.deep.equal({ hook: 'failed' });
    expect(await historyOf(relay, 'hook')).to.deep.equal(['x failed']);
    const { length } = hook.arrived;
    await relay.clock.tick(2_000_000);
    await quiet(relay);
    expect(hook.arrived).to.have.length(length);
    expect((await relay.request('/health')).json.queued).to.equal(0);
  });
});

describe('a target that hangs', () => {
  it('delays no other target, and has one attempt at a time', async () => {
    const hang = await target(() => {});
    const good = await target();
    const { relay, timers } = await hookWorld([
      { name: 'hang', group: 'all', url: hang.url },
      { name: 'good', group: 'all', url: good.url },
    ]);
    const phone = await relay.device('phone', { group: 'all', acknowledge: true });
    const first = relay.request('/all.group?text=0&wait=1000');
    await Promise.all([arrivals(hang, 1), arrivals(good, 1), phone.packet('MESSAGE')]);
    await phone.settle();
    await eventually('the first is ok', () => historyOf(relay, 'good'), { until: ([first]) => first === '0 ok' });
    await relay.clock.tick(1000);
    expect((await first).json.data.status).to.deep.equal({ hang: 'ready', good: 'ok', phone: 'ok' });
    for (const text of [1, 2, 3]) await relay.request(`/all.group?text=${text}&wait=0`);
    await arrivals(good, 4);
    expect(textsOf(good)).to.deep.equal(['0', '1', '2', '3']);
    expect(await statusOf(relay, '/good.send?text=4')).to.deep.equal({ good: 'ok' });
    expect(hang.arrived).to.have.length(1);

    await relay.clock.tick(TIMEOUT - 1000);
    await timers.armed(RETRY);
    await quiet(relay);
    expect(hang.arrived).to.have.length(1);
    await relay.clock.tick(RETRY);
    await arrivals(hang, 2);
    expect(textsOf(hang)).to.deep.equal(['0', '0']);
    expect(hang.sockets.open.size).to.equal(1);
  });
});

describe('many messages to one target', () => {
  it('arrive one at a time, in the order of their mids', async () => {
    let [running, most] = [0, 0];
    const hook = await target((response) => {
      running += 1;
      most = Math.max(most, running);
      setImmediate(() => {
        running -= 1;
        response.end();
      });
    });
    const { relay } = await hookWorld([{ name: 'hook', url: hook.url }]);
    const replies = await Promise.all(
      Array.from({ length: 60 }, (_, n) => relay.request(`/hook.send?text=${n}&wait=60000`)),
    );
    for (const { json } of replies) expect(json.data.status).to.deep.equal({ hook: 'ok' });
    expect(most).to.equal(1);
    const mids = replies.map(({ json }) => json.data.mid as string).sort((a, b) => Number(a) - Number(b));
    expect(new Set(mids).size).to.equal(60);
    expect(midsOf(hook)).to.deep.equal(mids);
  });
});

describe('the queue of a webhook', () => {
  it('continues in order after a restart', async () => {
    let code = 500;
    const hook = await target((response) => response.writeHead(code).end());
    const { relay, timers } = await hookWorld([{ name: 'hook', url: hook.url }]);
    for (const text of [1, 2, 3]) await relay.request(`/hook.send?text=${text}&wait=0`);
    await timers.armed(RETRY);
    await relay.stop();
    code = 200;
    await relay.start();
    await arrivals(hook, 4);
    expect(await statusOf(relay, '/hook.send?text=4')).to.deep.equal({ hook: 'ok' });
    expect(textsOf(hook)).to.deep.equal(['1', '1', '2', '3', '4']);
    expect(await historyOf(relay, 'hook')).to.deep.equal(['1 ok', '2 ok', '3 ok', '4 ok']);
  });

  it('follows the target to a new address', async () => {
    const [old, moved] = [await target(status(500)), await target()];
    const first = await hookWorld([{ name: 'hook', url: old.url }]);
    await first.relay.request('/hook.send?text=1&wait=0');
    await first.timers.armed(RETRY);
    await first.relay.stop();
    const { relay } = await hookWorld([{ name: 'hook', url: moved.url }], {}, first.relay.dir);
    expect(await statusOf(relay, '/hook.send?text=2')).to.deep.equal({ hook: 'ok' });
    expect(textsOf(moved)).to.deep.equal(['1', '2']);
  });

  it('is dropped when the name leaves the config', async () => {
    let code = 500;
    const hook = await target((response) => response.writeHead(code).end());
    const clients = [
      { name: 'hook', group: 'all', url: hook.url },
      { name: 'other', group: 'all', url: hook.url },
    ];
    const first = await hookWorld(clients);
    for (const text of [1, 2]) await first.relay.request(`/hook.send?text=${text}&wait=0`);
    await first.timers.armed(RETRY);
    await first.relay.stop();

    const second = await hookWorld(clients.slice(1), {}, first.relay.dir);
    expect(second.relay.relay.devices()).to.deep.equal(['other']);
    expect(await statusOf(second.relay, '/hook.send?text=3')).to.deep.equal({ hook: 'no' });
    expect((await second.relay.request('/health')).json.queued).to.equal(0);
    await second.relay.device('hook');
    await second.relay.request('/v1/devices/hook', { method: 'DELETE' });
    await second.relay.stop();

    code = 200;
    const third = await hookWorld(clients, {}, first.relay.dir);
    expect(await historyOf(third.relay, 'hook')).to.deep.equal([]);
    expect(await statusOf(third.relay, '/hook.send?text=4')).to.deep.equal({ hook: 'ok' });
    expect(textsOf(hook)).to.deep.equal(['1', '4']);
  });
});

describe('the name of a webhook', () => {
  it('cannot be used by sockets', async () => {
    const hook = await target();
    const { relay } = await hookWorld([{ name: 'hook', url: hook.url }]);
    const socket = await relay.socket();
    socket.send({ cmd: 'AUTH', data: { token: TOKEN, name: 'hook' } });
    expect(await socket.packet()).to.deep.equal({
      cmd: 'AUTH',
      data: { code: 403, msg: 'The name [hook] is already used' },
    });
    expect(await statusOf(relay, '/hook.send?text=x')).to.deep.equal({ hook: 'ok' });
  });
});
