import { once } from 'node:events';
import { expect } from 'chai';
import { WebSocket } from 'ws';
import { onCleanup } from '../../../support/cleanup.ts';
import { configured, KEY, leave, pusherWorld, rawWire, wire } from '../helpers.ts';

describe('/app/:key', () => {
  it('greets with the first frame', async () => {
    const relay = await pusherWorld();
    const one = await rawWire(relay, `/app/${KEY}?protocol=7&client=js&version=8.6.0&flash=false`);
    expect(await one.text()).to.match(
      /^\{"event":"pusher:connection_established","data":"\{\\"socket_id\\":\\"\d+\.\d+\\",\\"activity_timeout\\":120\}"\}$/,
    );
  });

  const welcome: [what: string, path: string][] = [
    ['without a query', `/app/${KEY}`],
    ['with a slash at the end', `/app/${KEY}/?protocol=7`],
    ['of protocol 4, the oldest', `/app/${KEY}?protocol=4`],
    ['of protocol 5', `/app/${KEY}?client=java-client&protocol=5`],
    ['with a malformed version', `/app/${KEY}?protocol=7&version=%%%`],
    ['with an escaped key', `/app/app%2Dkey?protocol=7`],
  ];
  it('admits clients that ask in another way', async () => {
    const relay = await pusherWorld();
    for (const [what, path] of welcome) {
      expect((await (await rawWire(relay, path)).frame()).event, what).to.equal('pusher:connection_established');
    }
  });

  const refused: [what: string, path: string, code: number, message: string][] = [
    ['an unknown key', '/app/nobody?protocol=7', 4001, 'App key nobody does not exist.'],
    ['a retired key', '/app/old?protocol=7', 4001, 'App key old does not exist.'],
    ['a disabled app', '/app/off?protocol=7', 4003, 'Application disabled'],
    ['a path without a key', '/app', 4005, 'Path not found'],
    ['a path with a slash alone', '/app/', 4005, 'Path not found'],
    ['a longer path', `/app/${KEY}/more`, 4005, 'Path not found'],
    ['a path that ends well', `/app/app/${KEY}`, 4005, 'Path not found'],
    ['a much longer path', `/app/${KEY}/a/b/c`, 4005, 'Path not found'],
    ['protocol 3', `/app/${KEY}?protocol=3`, 4007, 'Unsupported protocol version'],
    ['protocol 8', `/app/${KEY}?protocol=8`, 4007, 'Unsupported protocol version'],
    ['a protocol that is no number', `/app/${KEY}?protocol=seven`, 4007, 'Unsupported protocol version'],
    [
      'an app that wants TLS',
      '/app/tls?protocol=7',
      4000,
      'Application only accepts SSL connections, reconnect using wss://',
    ],
  ];
  it('completes every upgrade, and then says what is wrong and closes', async () => {
    const relay = await pusherWorld(
      {},
      {
        config: {
          apps: [
            {
              id: '1',
              keys: [
                { key: 'old', secret: 's', active: false },
                { key: KEY, secret: 's' },
              ],
            },
            { id: '2', key: 'off', secret: 's', enabled: false },
            { id: '3', key: 'tls', secret: 's', forceTLS: true },
          ],
        },
      },
    );
    for (const [what, path, code, message] of refused) {
      const one = await rawWire(relay, path);
      expect(await one.frame(), what).to.deep.equal({ event: 'pusher:error', data: { code, message } });
      expect(await one.socket.closed, what).to.deep.equal({ code, reason: message });
    }
  });

  it('is found below the configured prefix', async () => {
    const relay = await pusherWorld({}, { config: { apps: [configured()], http: { basePath: '/relay' } } });
    expect((await (await rawWire(relay, `/relay/app/${KEY}`)).frame()).event).to.equal('pusher:connection_established');
    expect((await (await rawWire(relay, '/relay/app/nobody')).frame()).data.code).to.equal(4001);
  });

  it('cuts the reason of a close to what a frame can carry', async () => {
    const relay = await pusherWorld();
    const one = await rawWire(relay, `/app/${encodeURIComponent('é'.repeat(200))}`);
    const { code, reason } = await one.socket.closed;
    expect(code).to.equal(4001);
    expect(Buffer.byteLength(reason)).to.be.within(120, 123);
    expect(reason).to.match(/^App key é+$/);
  });

  it('believes only a trusted proxy about TLS', async () => {
    const apps = [configured({ forceTLS: true })];
    const [behind, open] = [
      await pusherWorld({}, { config: { apps, http: { trustProxy: true } } }),
      await pusherWorld({}, { config: { apps } }),
    ];
    const cases: [relay: typeof behind, said: string, code: number | undefined][] = [
      [behind, 'https', undefined],
      [behind, 'WSS', undefined],
      [behind, 'http, https', undefined],
      [behind, 'https, http', 4000],
      [behind, 'http', 4000],
      [behind, '', 4000],
      [open, 'https', 4000],
    ];
    for (const [relay, said, code] of cases) {
      const one = await rawWire(relay, `/app/${KEY}`, { headers: { 'x-forwarded-proto': said } });
      expect((await one.frame()).data.code, said).to.equal(code);
    }
  });

  it('lets pages of the right origins in, and programs that name none', async () => {
    const relay = await pusherWorld({ origins: ['https://a.example', 'https://*.B.example', 'http://localhost:*'] });
    const cases: [origin: string | undefined, code: number | undefined][] = [
      [undefined, undefined],
      ['https://A.example', undefined],
      ['https://x.b.example', undefined],
      ['http://localhost:5173', undefined],
      ['http://localhost', 4009],
      ['http://localhost:5173.evil/', 4009],
      ['https://b.example', 4009],
      ['http://xx.b.example', 4009],
      ['https://a.example.evil', 4009],
      ['https://evil/.b.example', 4009],
      ['null', 4009],
    ];
    for (const [origin, code] of cases) {
      const one = await rawWire(relay, `/app/${KEY}`, origin === undefined ? {} : { headers: { origin } });
      expect((await one.frame()).data.code, origin).to.equal(code);
    }
  });

  it('echoes the subprotocol of the Swift library', async () => {
    const relay = await pusherWorld();
    const ws = new WebSocket(`${relay.url(`/app/${KEY}`).replace('http', 'ws')}`, 'pusher-channels-protocol-7');
    onCleanup(() => ws.terminate());
    await new Promise((resolve) => ws.once('open', resolve));
    expect(ws.protocol).to.equal('pusher-channels-protocol-7');
  });

  it('answers pings, and keeps whole seconds on the wire', async () => {
    const relay = await pusherWorld(
      {},
      {
        config: { apps: [configured()], websocket: { activityTimeout: 1_900, pongTimeout: 500 } },
      },
    );
    const one = await rawWire(relay, `/app/${KEY}`);
    expect(JSON.parse((await one.frame()).data).activity_timeout).to.equal(1);
    one.send('{"event": "pusher:ping"}');
    expect(await one.text()).to.equal('{"event":"pusher:pong","data":{}}');
  });

  it('refuses a connection beyond the quota until one has gone', async () => {
    const relay = await pusherWorld({ limits: { connections: 1 } });
    const first = await wire(relay);
    const second = await rawWire(relay, `/app/${KEY}`);
    expect((await second.socket.closed).code).to.equal(4004);
    await leave(relay, first);
    await wire(relay);
  });

  it('is told to retry later if the app says so, at the upgrade and after its proof', async () => {
    const limits = { connections: 1, retryWhenFull: true };
    for (const authorizedConnections of [false, true]) {
      const relay = await pusherWorld({ authorizedConnections, limits });
      const first = await wire(relay);
      await first.join('private-a');
      const second = await (authorizedConnections ? wire(relay) : rawWire(relay, `/app/${KEY}?protocol=7`));
      if (authorizedConnections) second.subscribe('private-a');
      const full = '{"code":4100,"message":"Application is over connection quota"}';
      expect(await second.text()).to.equal(`{"event":"pusher:error","data":${full}}`);
      const closed = { code: 4100, reason: 'Application is over connection quota' };
      expect(await second.socket.closed).to.deep.equal(closed);
      await leave(relay, first);
      await (await wire(relay)).join('private-a');
    }
  });

  it('is told 4100 when it has proven nothing and makes room for a new one', async () => {
    const apps = [configured({ authorizedConnections: true })];
    const relay = await pusherWorld({}, { config: { apps, websocket: { maxUnauthenticated: 1 } } });
    const silent = await wire(relay);
    const next = await wire(relay);
    expect(await silent.frame()).to.deep.equal({
      event: 'pusher:error',
      data: { code: 4100, message: 'Over capacity' },
    });
    expect(await silent.socket.closed).to.deep.equal({ code: 4100, reason: 'Over capacity' });
    await next.join('private-a');
  });
});

describe('a silent connection', () => {
  it('is asked, and closed with 4201 when it does not answer', async () => {
    const relay = await pusherWorld();
    const one = await wire(relay, KEY, { autoPong: false });
    await relay.clock.tick(125_000);
    expect(await one.text()).to.equal('{"event":"pusher:ping","data":{}}');
    await relay.clock.tick(30_000);
    expect((await one.frame()).data.code).to.equal(4201);
    expect(await one.socket.closed).to.deep.equal({ code: 4201, reason: 'Pong reply not received in time' });
  });

  it('is pinged every websocket.pingInterval, before a proxy takes it for dead', async () => {
    const relay = await pusherWorld();
    const one = await wire(relay);
    const pinged = once(one.socket.ws, 'ping');
    await relay.clock.tick(30_000);
    await pinged;
    expect(one.socket.ws.readyState).to.equal(WebSocket.OPEN);
  });

  it('lives on a pong of its WebSocket, or any frame', async () => {
    const relay = await pusherWorld({}, { config: { apps: [configured()], websocket: { pingInterval: 3_600_000 } } });
    const one = await wire(relay);
    for (let round = 0; round < 3; round += 1) {
      await relay.clock.tick(125_000);
      await one.frame();
      await one.settled();
      await relay.clock.tick(30_000);
      expect(await one.settled()).to.deep.equal([]);
    }
    expect(one.socket.ws.readyState).to.equal(WebSocket.OPEN);
  });

  it('lives on a ping of its own', async () => {
    const relay = await pusherWorld();
    const one = await wire(relay, KEY, { autoPong: false });
    for (let round = 0; round < 3; round += 1) {
      await relay.clock.tick(125_000);
      const answered = once(one.socket.ws, 'pong');
      one.socket.ws.ping();
      await Promise.race([answered, one.socket.closed]);
    }
    await relay.clock.tick(30_000);
    expect(await one.settled()).to.have.length(3);
  });
});

describe('authorized connections', () => {
  it('close when nothing was proven in time', async () => {
    const relay = await pusherWorld({ authorizedConnections: true });
    const [idle, proven, user] = [await wire(relay), await wire(relay), await wire(relay)];
    await idle.join('public');
    await proven.join('private-a');
    user.signin({ id: 'ann' });
    await user.frame();
    await relay.clock.tick(30_000);
    expect((await idle.frame()).data).to.deep.equal({
      code: 4009,
      message: 'Connection not authorized within timeout.',
    });
    expect((await idle.socket.closed).code).to.equal(4009);
    for (const one of [proven, user]) expect(await one.settled()).to.deep.equal([]);
  });

  it('count towards the quota once they have proven something', async () => {
    const relay = await pusherWorld({ authorizedConnections: true, limits: { connections: 1 } });
    const [first, second] = [await wire(relay), await wire(relay)];
    first.signin({ id: 'ann' });
    await first.frame();
    second.subscribe('private-a');
    expect((await second.socket.closed).code).to.equal(4004);
  });

  it('close all the same, and do not count, when their proof was refused', async () => {
    const relay = await pusherWorld({
      authorizedConnections: true,
      limits: { connections: 2, presenceMembers: 1 },
    });
    const [first, second] = [await wire(relay), await wire(relay)];
    await first.join('presence-a', '{"user_id":"1"}');
    second.subscribe('presence-a', '{"user_id":"2"}');
    expect((await second.settled()).map(({ event }) => event)).to.deep.equal([
      'pusher:error',
      'pusher:subscription_error',
    ]);
    const third = await wire(relay);
    await third.join('private-a');
    await relay.clock.tick(30_000);
    expect((await second.frame()).data.code).to.equal(4009);
    expect((await second.socket.closed).code).to.equal(4009);
    expect(await first.settled()).to.deep.equal([]);
  });
});
