import { expect } from 'chai';
import { silentLogger } from '../../../server/base/logger.ts';
import { eventually } from '../../support/eventually.ts';
import { freePort } from '../../support/free-port.ts';
import { type World, world } from '../../world.ts';
import { startHook } from '../hook.ts';
import { raw } from '../mpush/requests.ts';
import { ask, call, relay2016 } from './relay.ts';

/** A hook that lets everybody hear these channels. */
const openHook = (channels: readonly string[]) =>
  startHook((_body, response) => response.end(JSON.stringify({ user_id: 'u1', channels })));

describe('gusher.cluster at level 2016', () => {
  let relay: World;
  let hook: Awaited<ReturnType<typeof startHook>>;
  beforeEach(async () => {
    hook = await openHook(['c1', 'c2', 'private-x', 'presence-x', '手机 <1>', '#server-to-user-1', '__proto__']);
    relay = await world(relay2016({ app1: hook.url, app2: hook.url }));
  });
  const member = (app = 'app1') => relay.socket(`/ws/${app}?auth=x`);

  describe('subscriptions', () => {
    it('are answered with the id, once for each channel that is allowed', async () => {
      const socket = await member();
      const data = { id: '1', channel: 'c1' };
      const exchange: [string, string][] = [
        ['gusher.unsubscribe', 'gusher.unsubscribe_error'],
        ['gusher.subscribe', 'gusher.subscribe_succeeded'],
        ['gusher.subscribe', 'gusher.subscribe_error'],
        ['gusher.unsubscribe', 'gusher.unsubscribe_succeeded'],
        ['gusher.unsubscribe', 'gusher.unsubscribe_error'],
        ['gusher.subscribe', 'gusher.subscribe_succeeded'],
      ];
      for (const [event, answer] of exchange) {
        expect(await ask(socket, event, data), event).to.deep.equal({ event: answer, data });
      }
    });

    it('are allowed only for names in the list', async () => {
      const socket = await member();
      for (const channel of ['c3', 'c', '', 'C1', 'x'.repeat(400)]) {
        expect((await ask(socket, 'gusher.subscribe', { id: '', channel })).event).to.equal('gusher.subscribe_error');
      }
    });

    it('take names of any kind', async () => {
      const socket = await member();
      for (const channel of ['private-x', 'presence-x', '手机 <1>', '#server-to-user-1', '__proto__']) {
        expect((await ask(socket, 'gusher.subscribe', { id: '1', channel })).event).to.equal(
          'gusher.subscribe_succeeded',
        );
        await call(relay, `POST /api/push/app1/${encodeURIComponent(channel)}/ev`, { data: 'x' });
        expect(JSON.parse(await socket.next())).to.deep.equal({ channel, event: 'ev', data: 'x' });
      }
    });

    it('are refused for what does not exist', async () => {
      const socket = await member();
      for (const data of [undefined, null, 1, [], {}, { id: 1, channel: 2 }, { channel: ['c1'] }]) {
        expect(await ask(socket, 'gusher.subscribe', data)).to.deep.equal({
          event: 'gusher.subscribe_error',
          data: { id: '', channel: '' },
        });
      }
    });
  });

  it('does not count sockets as unauthenticated', async () => {
    const config = { ...relay2016({ app1: hook.url }).config, websocket: { maxUnauthenticated: 1 } };
    const other = await world({ config });
    for (let i = 0; i < 2; i += 1) await other.socket('/ws/app1?auth=x');
  });

  it('ignores other events and binary frames', async () => {
    const socket = await member();
    for (const frame of ['{"event":"x"}', '{"event":"gusher.ping","data":1}', '{"event":"__proto__"}'])
      socket.send(frame);
    socket.ws.send(Buffer.from('{"event":"gusher.subscribe"}'));
    expect((await ask(socket, 'gusher.subscribe', { id: '1', channel: 'c1' })).event).to.equal(
      'gusher.subscribe_succeeded',
    );
    expect(socket.frames).to.have.length(1);
  });

  for (const frame of ['', 'x', '{"event":', '[]', 'null', '{"event":1}', '"gusher.subscribe"']) {
    it(`ends a socket that sends ${frame || 'nothing'}`, async () => {
      const socket = await member();
      socket.ws.send(frame);
      expect((await socket.closed).code).to.equal(1008);
    });
  }

  it('ends the subscriptions of such a socket at once, also while the peer does not answer', async () => {
    const { config } = relay2016({ app1: hook.url });
    const measured = await world({ config: { ...config, metrics: { enabled: true, token: 'scraper' } } });
    const channels = async () => {
      const { text } = await measured.fetch('/metrics', { headers: { authorization: 'Bearer scraper' } });
      return /^herald_app_channels\{app="gusher-cluster:app1"\} (\d+)$/m.exec(text)?.[1];
    };
    const socket = await measured.socket('/ws/app1?auth=x');
    await ask(socket, 'gusher.subscribe', { id: '1', channel: 'c1' });
    expect(await channels()).to.equal('1');
    socket.ws.pause();
    socket.ws.send('x');
    // The relay reads it in its own time.
    await eventually('the channel is vacated', async () => (await channels()) === '0');
  });

  it('ends a socket with a frame over 512 bytes', async () => {
    const socket = await member();
    socket.ws.send('x'.repeat(513));
    expect((await socket.closed).code).to.equal(1009);
  });

  describe('POST /api/push/:app/:channel/:event', () => {
    it('reaches every subscriber with exactly what it answers, JSON as a string', async () => {
      const sockets = await Promise.all([member(), member(), member()]);
      for (const socket of sockets.slice(0, 2)) await ask(socket, 'gusher.subscribe', { id: '1', channel: 'c1' });
      for (const data of ['hello', '{"a":1}', '"', '手机\n', '1']) {
        const { status, text } = await call(relay, 'POST /api/push/app1/c1/e%20v', { data });
        expect([status, text]).to.deep.equal([200, JSON.stringify({ channel: 'c1', event: 'e v', data })]);
        for (const socket of sockets.slice(0, 2)) expect(await socket.next()).to.equal(text);
      }
      expect(sockets[2]?.frames).to.deep.equal([]);
    });

    it('takes data from the query and from JSON', async () => {
      expect((await call(relay, 'POST /api/push/app1/c1/ev?data=x')).json.data).to.equal('x');
      const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"data":{"a":1}}' };
      expect((await relay.fetch('/api/push/app1/c1/ev', init)).json.data).to.equal('{"a":1}');
    });

    it('refuses apps that are not there, empty data and other methods', async () => {
      const answers = [
        await call(relay, 'POST /api/push/nobody/c1/ev', { data: 'x' }),
        await call(relay, 'POST /api/push/app1/c1/ev', {}),
        await call(relay, 'GET /api/push/app1/c1/ev'),
        await call(relay, 'POST /api/push/app1/c%2F1/ev', { data: 'x' }),
      ];
      expect(answers.map(({ status, text }) => `${status} ${text.trim()}`)).to.deep.equal([
        '400 empty app_key',
        '400 empty data',
        '405 ',
        '404 404 page not found',
      ]);
    });

    it('never reaches another app', async () => {
      const [one, two] = [await member('app1'), await member('app2')];
      for (const socket of [one, two]) await ask(socket, 'gusher.subscribe', { id: '1', channel: 'c1' });
      await call(relay, 'POST /api/push/app1/c1/ev', { data: 'one' });
      await call(relay, 'POST /api/push/app2/c1/ev', { data: 'two' });
      expect(JSON.parse(await one.next()).data).to.equal('one');
      expect(JSON.parse(await two.next()).data).to.equal('two');
    });
  });

  it('GET /api/check/:app tells whether an app is there', async () => {
    expect((await call(relay, 'GET /api/check/app1')).text).to.equal('{"app_key":"app1"}\n');
    const unknown = await call(relay, 'GET /api/check/nobody');
    expect([unknown.status, unknown.text]).to.deep.equal([400, 'empty app_key\n']);
  });

  it('GET /api/system/slaveinfos tells of this node', async () => {
    const { json, headers } = await call(relay, 'GET /api/system/slaveinfos');
    expect(headers.get('content-type')).to.equal('text/plain; charset=utf-8');
    const [[key, info]] = Object.entries(json) as [[string, Record<string, unknown>]];
    expect(key).to.equal(`${info['ip']}@:${relay.relay.ports.websocket}`);
    expect(info).to.include({
      local_listen: `:${relay.relay.ports.websocket}`,
      version: '0.0.0-test',
      connections: 0,
      send_interval: '5',
      update_time: Math.floor(relay.clock.now() / 1000),
    });
    for (const count of ['cpu', 'usage-memory', 'goroutines']) expect(info[count]).to.be.above(0);
    expect(info['runtime_version']).to.match(/^node\d+\.\d+/);
  });

  it('GET /api/system/slaveinfos tells the port of the sockets where they have their own', async () => {
    const port = await freePort();
    const other = await world({ config: { ...relay2016({ app1: hook.url }).config, websocket: { port } } });
    const { json } = await call(other, 'GET /api/system/slaveinfos');
    expect(Object.values(json)[0]).to.include({ local_listen: `:${port}` });
  });

  it('GET /api/system/slaveinfos counts the sockets of all apps that are open', async () => {
    const connections = async (): Promise<number> => {
      const { json } = await call(relay, 'GET /api/system/slaveinfos');
      return (Object.values(json)[0] as { connections: number }).connections;
    };
    const [one] = await Promise.all([member('app1'), member('app1'), member('app2')]);
    expect(await connections()).to.equal(3);
    one.ws.close();
    await one.closed;
    // The relay sees the end in its own time.
    await eventually('two sockets are left', async () => (await connections()) <= 2);
    expect(await connections()).to.equal(2);
  });

  it('has nothing of later versions', async () => {
    for (const request of ['POST /api/push/app1', 'GET /gcs/ws/app1']) {
      expect((await call(relay, request)).text, request).to.include('INFO');
    }
    // The path is Bark's here, which answers in JSON.
    expect((await call(relay, 'GET /ping')).json).to.include({ code: 200, message: 'pong' });
  });

  it('needs its token when there is one', async () => {
    const other = await world(relay2016({ app1: hook.url }, { apiToken: 'open sesame' }));
    const check = (authorization: string) => other.fetch('/api/check/app1', { headers: { authorization } });
    expect((await check('Bearer open sesame')).status).to.equal(200);
    for (const header of ['', 'Bearer', 'Bearer guess', 'open sesame', 'Basic open sesame']) {
      expect((await check(header)).status, header).to.equal(401);
    }
    await other.socket('/ws/app1?auth=x');
  });

  it('warns at the start where it has none', async () => {
    const warned: unknown[] = [];
    const logger = { ...silentLogger, warn: (facts: object) => void warned.push(facts) };
    await world({ ...relay2016({ app1: hook.url }, { apiToken: 'open sesame' }), logger });
    expect(warned).to.deep.equal([]);
    await world({ ...relay2016({ app1: hook.url }), logger });
    expect(warned).to.deep.equal([{ setting: 'gusherCluster.apiToken' }]);
  });

  it('may be called by no page of another site where it has none', async () => {
    const other = await world(relay2016({ app1: hook.url }));
    const check = async (headers: Record<string, string>) =>
      (await raw(other, { path: '/api/check/app1', headers })).status;
    expect(await check({ origin: 'https://evil.example' })).to.equal(403);
    expect(await check({ host: 'evil.example', origin: 'http://evil.example' })).to.equal(403);
    expect(await check({})).to.equal(200);
  });

  it('slows down guesses of its token', async () => {
    const { gusherCluster } = relay2016({ app1: hook.url }, { apiToken: 'open sesame' }).config ?? {};
    const other = await world({ config: { gusherCluster, http: { maxAuthFailures: 2 } } });
    const check = (authorization: string) => other.fetch('/api/check/app1', { headers: { authorization } });
    // Who shows none has not guessed.
    for (const header of ['', 'Basic x', 'Bearer guess', 'Bearer guess', 'Bearer other']) {
      expect((await check(header)).status).to.equal(401);
    }
    const third = await check('Bearer third');
    expect([third.status, third.headers.has('retry-after')]).to.deep.equal([429, true]);
    expect((await check('Bearer open sesame')).status).to.equal(200);
  });
});
