import { expect } from 'chai';
import { eventually } from '../../support/eventually.ts';
import { refused } from '../../support/refused.ts';
import { sharedWorld } from '../../support/shared-world.ts';
import { type World, world } from '../../world.ts';
import { type Hook, type HookAnswer, startHook } from '../hook.ts';
import { basic, call, gusherRelay, push, register } from './relay.ts';

const socketUrl = (relay: World, path: string) => `ws://127.0.0.1:${relay.relay.ports.websocket}${path}`;

/** Sockets with these tags, in this order. */
const online = (relay: World, key: string, tags: readonly string[]) =>
  Promise.all(tags.map((tag) => relay.socket(`/ws/${key}/${encodeURIComponent(tag)}`)));

describe('sockets of gusher', () => {
  const relay = sharedWorld(gusherRelay({ hookTimeout: 5000, maxWaitHook: 2 }));
  const key = 'app';
  before(async () => {
    await Promise.all([register(relay(), key), register(relay(), 'other')]);
  });
  // The relay sees the end of the last test's sockets in its own time.
  beforeEach(async () => {
    for (const app of [key, 'other']) {
      await eventually('no socket is left', async () => (await push(relay(), app, 'anyone?')).total === 0);
    }
  });

  describe('POST /api/push/:app', () => {
    it('reaches every socket without a tag, byte for byte', async () => {
      const sockets = await online(relay(), key, ['A', 'A', 'B', '手机']);
      const text = ' {"x": "<手>"}\n';
      expect(await push(relay(), key, text)).to.include({ total: 3, Total: 3, sent: 4 });
      for (const socket of sockets) expect(await socket.next()).to.equal(text);
    });

    const tags = ['A:1', 'A:12', 'B:1', '手机', 'a.b'];
    const patterns: [string, string[]][] = [
      ['A:1', ['A:1', 'A:12']],
      ['^A:1$', ['A:1']],
      ['^A', ['A:1', 'A:12']],
      ['1$', ['A:1', 'B:1']],
      [':[12]$', ['A:1', 'B:1']],
      ['A:1|B:1', ['A:1', 'A:12', 'B:1']],
      ['(?i)^a', ['A:1', 'A:12', 'a.b']],
      ['\\p{Han}', ['手机']],
      ['a\\.b', ['a.b']],
      ['.', tags],
      ['^手机$', ['手机']],
      ['^$', []],
      ['nobody', []],
      ['[', []],
      ['(?=A)', []],
      ['x'.repeat(10_000), []],
    ];
    for (const [pattern, expected] of patterns) {
      it(`hits ${expected.join(' ') || 'nobody'} with ${pattern.slice(0, 20)}`, async () => {
        const sockets = await online(relay(), key, tags);
        const answer = await push(relay(), key, 'x', pattern);
        expect(answer).to.include({ total: 5, Total: 5, sent: expected.length, user_tag: pattern });
        await push(relay(), key, 'end');
        const first = await Promise.all(sockets.map((socket) => socket.next()));
        expect(tags.filter((_tag, index) => first[index] === 'x')).to.deep.equal(expected);
      });
    }

    it('reaches every socket of a tag', async () => {
      const sockets = await online(relay(), key, ['A', 'A', 'B']);
      expect(await push(relay(), key, 'x', '^A$')).to.include({ total: 2, sent: 2 });
      await push(relay(), key, 'end');
      for (const socket of sockets.slice(0, 2))
        expect([await socket.next(), await socket.next()]).to.deep.equal(['x', 'end']);
      expect(await sockets[2]?.next()).to.equal('end');
    });

    it('answers hostile patterns at once', async () => {
      await online(relay(), key, ['x'.repeat(1000), 'A']);
      const started = process.cpuUsage();
      for (const pattern of ['(x+x+)+y', '(x|xx|xxx)*y$', '(((x{30}){30}){30})', '(?:'.repeat(170)]) {
        expect(await push(relay(), key, 'x', pattern)).to.include({ sent: 0 });
      }
      for (const pattern of ['(x?){500}x{500}', '\\pL{1000}', `(${'x|'.repeat(300)})$`]) {
        const { status, text } = await call(relay(), `POST /api/push/${key}`, { content: 'x', user_tag: pattern });
        expect(`${status} ${text}`).to.match(/^400 the pattern is (too large|longer than 512 characters)\n$/);
      }
      const { user, system } = process.cpuUsage(started);
      expect((user + system) / 1000, 'ms of work').to.be.below(5000);
    });

    it('lets others be answered between the turns of hostile patterns', async () => {
      const letters = (seed: number) => Array.from({ length: 900 }, (_, at) => 'ab'[((at * seed * 7919) >> 5) & 1]);
      await online(
        relay(),
        key,
        Array.from({ length: 12 }, (_, index) => letters(index + 1).join('')),
      );
      let pending = 4;
      const hostile = Array.from({ length: pending }, async () => {
        await push(relay(), key, 'x', '(?i)(\\pL|a.{50}){3}z$');
        pending -= 1;
      });
      let answers = 0;
      for (; pending > 0; answers += 1) await relay().fetch('/health');
      await Promise.all(hostile);
      expect(answers).to.be.above(hostile.length);
    });
  });

  it('never get pushes to another app', async () => {
    const [mine] = await online(relay(), key, ['A']);
    const [theirs] = await online(relay(), 'other', ['A']);
    expect(await push(relay(), key, 'one', 'A')).to.include({ sent: 1 });
    expect(await push(relay(), 'other', 'two')).to.include({ sent: 1 });
    expect([await mine?.next(), await theirs?.next()]).to.deep.equal(['one', 'two']);
    await push(relay(), key, 'end');
    await mine?.next();
    expect(theirs?.frames).to.deep.equal(['two']);
  });

  it('are listed by their tags', async () => {
    await online(relay(), key, ['A:1', 'A:1', '__proto__']);
    const answer = await call(relay(), `GET /api/${key}/listonlineuser`);
    expect(answer.text).to.equal('{"app_key":"app","total":2,"user_tags":{"A:1":null,"__proto__":null}}\n');
  });

  it('are counted at each push as they are listed', async () => {
    const counts = async (app: string) => {
      const listed = (await call(relay(), `GET /api/${app}/listonlineuser`)).json;
      const pushed = await Promise.all([push(relay(), app, 'x'), push(relay(), app, 'x', '^B$')]);
      const walked = Object.keys(listed.user_tags).length;
      return new Set([walked, listed.total, ...pushed.flatMap(({ total, Total }) => [total, Total])]);
    };
    /** The relay sees the end of a socket in its own time. */
    const gone = async (tag: string) => {
      await eventually('the socket is gone', async () => (await push(relay(), key, 'x', `^${tag}$`)).sent === 0);
    };
    expect(await counts(key)).to.deep.equal(new Set([0]));
    const [first, second, third] = await online(relay(), key, ['A', 'A', 'B', 'C:1', '手机', 'all']);
    await online(relay(), 'other', ['A', 'D']);
    expect(await counts(key)).to.deep.equal(new Set([5]));
    first?.ws.close();
    await first?.closed;
    expect(await counts(key)).to.deep.equal(new Set([5]));
    second?.ws.terminate();
    await gone('A');
    expect(await counts(key)).to.deep.equal(new Set([4]));
    // The same user under another tag.
    third?.ws.close();
    await gone('B');
    await online(relay(), key, ['E']);
    expect(await counts(key)).to.deep.equal(new Set([4]));
    expect(await counts('other')).to.deep.equal(new Set([2]));
  });

  it('are not counted any more when their app was unregistered and came back', async () => {
    await register(relay(), 'again');
    await online(relay(), 'again', ['A', 'B']);
    expect(await push(relay(), 'again', 'x')).to.include({ total: 2 });
    await call(relay(), 'DELETE /api/again/unregister');
    await register(relay(), 'again');
    await eventually('the socket is gone', async () => (await push(relay(), 'again', 'x')).total === 0);
    await online(relay(), 'again', ['A']);
    expect(await push(relay(), 'again', 'x')).to.include({ total: 1, sent: 1 });
  });

  it('are not listed any more when they have gone', async () => {
    const other = await world(gusherRelay());
    await register(other, 'one');
    const [socket] = await online(other, 'one', ['A']);
    socket?.ws.close();
    // The relay sees that in its own time.
    await eventually('the socket is gone', async () => (await push(other, 'one', 'anyone?')).total === 0);
    const answer = await call(other, 'GET /api/one/listonlineuser');
    expect(answer.text).to.equal('{"app_key":"one","total":0,"user_tags":{}}\n');
  });

  it('may send anything of up to 512 bytes', async () => {
    const [socket] = await online(relay(), key, ['A']);
    socket?.ws.send('{"event":');
    socket?.ws.send(Buffer.alloc(512));
    socket?.ws.send('x'.repeat(512));
    socket?.ws.ping();
    await new Promise((resolve) => socket?.ws.once('pong', resolve));
    expect(socket?.frames).to.deep.equal([]);
    socket?.ws.send('x'.repeat(513));
    expect((await socket?.closed)?.code).to.equal(1009);
  });

  it('do not count as unauthenticated', async () => {
    const other = await world({ config: { ...gusherRelay().config, websocket: { maxUnauthenticated: 1 } } });
    await register(other, 'one');
    for (const tag of ['A', 'B']) await online(other, 'one', [tag]);
    expect(await push(other, 'one', 'x')).to.include({ sent: 2 });
  });

  it('are closed when their app is unregistered', async () => {
    const own = basic('other-account', 'other-password');
    const [theirs] = await online(relay(), 'other', ['A']);
    const [mine] = await online(relay(), key, ['A']);
    await call(relay(), 'DELETE /api/other/unregister', undefined, own);
    expect(await theirs?.closed).to.deep.equal({ code: 4001, reason: 'unregistered' });
    expect(await push(relay(), key, 'x')).to.include({ sent: 1 });
    expect(await mine?.next()).to.equal('x');
    await register(relay(), 'other');
    expect(await push(relay(), 'other', 'x')).to.include({ sent: 0, total: 0 });
  });

  it('are closed also when their app was registered before a restart', async () => {
    const other = await world(gusherRelay());
    await register(other, 'one');
    await other.stop();
    await other.start();
    const [socket] = await online(other, 'one', ['A']);
    expect(await push(other, 'one', 'x', '^A$')).to.include({ sent: 1 });
    await call(other, 'DELETE /api/one/unregister');
    expect((await socket?.closed)?.code).to.equal(4001);
  });

  const refusals: [string, string, string][] = [
    ['an app that nobody registered', '/ws/nobody/A', '404 app_key does not exist'],
    ['an app named as what every object has', '/ws/constructor/A', '404 app_key does not exist'],
    ['a tag that is no segment', '/ws/app/a%2Fb', '404 404 page not found'],
    ['a broken tag', '/ws/app/%zz', '404 404 page not found'],
    ['a huge tag', `/ws/app/${'x'.repeat(1025)}`, '400 user_tag is longer than 1024 characters'],
  ];
  for (const [what, path, expected] of refusals) {
    it(`refuses ${what} before the upgrade`, async () => {
      expect(await refused(socketUrl(relay(), path))).to.equal(expected);
    });
  }

  it('takes the longest tag', async () => {
    const tag = '手'.repeat(1024);
    await online(relay(), key, [tag]);
    expect(await push(relay(), key, 'x', '^手+$')).to.include({ sent: 1 });
  });

  it('refuses a request that is no upgrade', async () => {
    expect((await relay().fetch('/ws/app/A')).text).to.equal('Bad Request\n');
    expect((await relay().fetch('/ws/nobody/A')).text).to.equal('app_key does not exist\n');
  });

  it('are found below the prefix of the relay', async () => {
    const other = await world({ config: { ...gusherRelay().config, http: { basePath: '/relay' } } });
    const answer = await other.fetch('/relay/api/register?app_key=one&auth_account=a&auth_password=p', {
      method: 'POST',
      headers: { authorization: basic('root', 'secret') },
    });
    expect(answer.status).to.equal(200);
    await other.socket('/relay/ws/one/A');
  });
});

describe('the connect hook of gusher', () => {
  const relay = sharedWorld(gusherRelay({ hookTimeout: 4000, maxWaitHook: 2 }));
  const ends: (() => void)[] = [];
  let hook: Hook;
  let answer: HookAnswer;
  const path = (tag: string, query = '') => `/ws/hooked/${tag}${query}`;

  // One app for all, since hashing a password takes long on purpose; each test has an answer of its own.
  before(async () => {
    hook = await startHook(
      (body, response) => answer(body, response),
      (end) => ends.push(end),
    );
    await register(relay(), 'hooked', hook.url);
  });
  after(() => {
    for (const end of ends) end();
  });
  beforeEach(() => {
    hook.asked.length = 0;
    answer = (_body, response) => void response.end('u1');
  });

  it('admits users that it knows, asked only with the token', async () => {
    await relay().socket(path('u1', '?token=a%26b%20%E6%89%8B&x=1'));
    await relay().socket(path('u1'));
    expect(hook.asked).to.deep.equal([
      'application/x-www-form-urlencoded token=a%26b+%E6%89%8B',
      'application/x-www-form-urlencoded token=',
    ]);
  });

  const wrong: [string, HookAnswer, string][] = [
    ['knows another tag', (_body, response) => response.end('nobody'), 'the connect hook does not know the user_tag'],
    ['adds a newline', (_body, response) => response.end('u1\n'), 'the connect hook does not know the user_tag'],
    ['says nothing', (_body, response) => response.end(), 'the connect hook does not know the user_tag'],
    ['fails', (_body, response) => response.writeHead(500).end('u1'), 'the connect hook did not answer'],
    [
      'points elsewhere',
      (_body, response) => response.writeHead(hook.asked.length > 1 ? 200 : 307, { location: '/other' }).end('u1'),
      'the connect hook did not answer',
    ],
    ['hangs up', (_body, response) => response.destroy(), 'the connect hook did not answer'],
    ['never ends', (_body, response) => response.end('u'.repeat(300_000)), 'the connect hook did not answer'],
  ];
  for (const [what, wrongAnswer, text] of wrong) {
    it(`admits no one when it ${what}`, async () => {
      answer = wrongAnswer;
      expect(await refused(socketUrl(relay(), path('u1')))).to.equal(`404 ${text}`);
    });
  }

  it('admits no one when it is gone', async () => {
    await register(relay(), 'gone', 'http://127.0.0.1:1/');
    expect(await refused(socketUrl(relay(), '/ws/gone/u1'))).to.equal('404 the connect hook did not answer');
  });

  it('admits no one when it is too slow, and others as soon as there is room', async () => {
    answer = (body, response) => {
      if (body === 'token=quick') response.end('u1');
    };
    const waiting = ['a', 'b'].map((tag) => refused(socketUrl(relay(), path(tag))));
    await hook.reached(2);
    const third = relay().socket(path('u1', '?token=quick'));
    await relay().clock.tick(3999);
    // Sockets that come later are refused before the third is asked about.
    for (let i = 0; i < 3; i += 1) await refused(socketUrl(relay(), '/ws/nobody/u1'));
    expect(hook.asked).to.have.length(2);
    await relay().clock.tick(1);
    expect(await Promise.all(waiting)).to.deep.equal(Array(2).fill('404 the connect hook did not answer'));
    await third;
  });

  it('does not keep a relay from ending', async () => {
    const other = await world(gusherRelay());
    answer = () => {};
    await register(other, 'one', hook.url);
    const refusal = refused(socketUrl(other, '/ws/one/u1'));
    await hook.reached(1);
    await other.stop();
    expect(await refusal).to.match(/^503/);
  });

  for (const [what, again] of [
    ['unregistered', false],
    ['registered anew', true],
  ] as const) {
    it(`admits no one to an app that was ${what} in the meantime`, async () => {
      await register(relay(), what, hook.url);
      let finish = () => {};
      answer = (_body, response) => {
        finish = () => void response.end('u1');
      };
      const path = encodeURIComponent(what);
      const socket = relay().socket(`/ws/${path}/u1`);
      await hook.reached(1);
      await call(relay(), `DELETE /api/${path}/unregister`);
      if (again) await register(relay(), what);
      finish();
      expect(await (await socket).closed).to.deep.equal({ code: 4001, reason: 'unregistered' });
    });
  }
});
