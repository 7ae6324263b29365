import { createServer, type Socket } from 'node:net';
import { expect } from 'chai';
import { createLimiter } from '../../server/base/limiter.ts';
import { createAgents } from '../../server/outbound/agents.ts';
import {
  ABORTED,
  type Answer,
  createClient,
  type OutgoingRequest,
  type Profile,
} from '../../server/outbound/client.ts';
import { onCleanup } from '../support/cleanup.ts';
import { fakeClock } from '../support/clock.ts';
import { eventually } from '../support/eventually.ts';
import { rejection } from '../support/rejection.ts';
import { startTarget, type Answer as TargetAnswer } from '../transports/webhook/servers.ts';

const TIMEOUT = 10_000;

async function setUp(answer?: TargetAnswer, profile: Partial<Profile> = {}, slots?: number) {
  const clock = fakeClock();
  const target = await startTarget(answer);
  onCleanup(() => target.close());
  const bound = slots === undefined ? {} : { sockets: createLimiter({ concurrency: slots, queue: 100 }) };
  const agents = createAgents({ clock, timeout: TIMEOUT });
  const client = createClient({ clock, agents, timeout: TIMEOUT, ...bound, ...profile });
  onCleanup(() => client.close());
  const request = (more: Partial<OutgoingRequest> = {}): OutgoingRequest => ({
    method: 'GET',
    url: new URL(`${target.url}/p?a=1`),
    headers: { 'x-own': 'a' },
    proxy: undefined,
    ...more,
  });
  const send = (more: Partial<OutgoingRequest> = {}, signal = new AbortController().signal): Promise<Answer> =>
    client.send(request(more), signal);
  return { clock, target, client, send };
}

describe('createClient', () => {
  it('sends the request as it is, and returns status, phrase and body', async () => {
    const { send, target } = await setUp((response) => response.writeHead(418, { 'retry-after': '7' }).end('tea'));
    const answer = await send({ method: 'POST', body: Buffer.from('x') });
    const words = "answered 418 I'm a Teapot";
    expect(answer).to.deep.equal({ status: 418, words, after: 7000, body: Buffer.from('tea'), isWhole: true });
    const [arrived] = target.arrived;
    expect(arrived).to.include({ method: 'POST', url: '/p?a=1', body: 'x' });
    expect(arrived?.headers).to.include({ 'x-own': 'a', 'accept-encoding': 'identity' });
  });

  it('follows no redirect', async () => {
    const { send, target } = await setUp((response) => response.writeHead(307, { location: '/elsewhere' }).end());
    expect(await send()).to.include({ status: 307 });
    expect(target.arrived).to.have.length(1);
  });

  it('keeps what a server says in its phrase out of the log', async () => {
    const { send } = await setUp((response) => response.writeHead(500, 'b\u00e4d'.padEnd(300, 'x')).end());
    expect(await send())
      .to.have.property('words')
      .that.matches(/^answered 500 bdx{98}$/);
  });

  it('reads no more than the bound of its profile', async () => {
    const { send } = await setUp((response) => response.end('y'.repeat(100_000)), { maxAnswer: 10 });
    expect(await send()).to.deep.include({ status: 200, body: Buffer.from('y'.repeat(10)), isWhole: false });
  });

  it('waits for the rest of an answer only as long as its profile says', async () => {
    const { send, clock } = await setUp((response) => void response.writeHead(200).write('head'), { answerTime: 500 });
    const answer = send();
    let done = false;
    const settled = answer.then(() => {
      done = true;
    });
    await eventually('the answer is cut off', async () => {
      await clock.tick(100);
      return done;
    });
    await settled;
    expect(await answer).to.deep.include({ status: 200, isWhole: false });
  });

  it('gives up when no answer comes in time', async () => {
    const { send, clock, target } = await setUp(() => {});
    const answer = send();
    await eventually('the request is there', () => target.arrived.length === 1);
    await clock.tick(TIMEOUT);
    expect(await answer).to.deep.equal({ fault: 'no answer within 10000 ms' });
    await eventually('the connection is gone', () => target.sockets.open.size === 0);
  });

  it('ends with its signal, also before it begins', async () => {
    const { send, target } = await setUp(() => {});
    const controller = new AbortController();
    const answer = send({}, controller.signal);
    await eventually('the request is there', () => target.arrived.length === 1);
    controller.abort();
    expect(await answer).to.deep.equal({ fault: ABORTED });
    expect(await send({}, controller.signal)).to.deep.equal({ fault: ABORTED });
    expect(target.arrived).to.have.length(1);
  });

  it('ends everything when it is closed, and sends nothing after that', async () => {
    const { send, client, target } = await setUp(() => {}, {}, 1);
    const answers = [send(), send()];
    await eventually('one request is there', () => target.arrived.length === 1);
    client.close();
    expect(await Promise.all([...answers, send()])).to.deep.equal([
      { fault: ABORTED },
      { fault: ABORTED },
      { fault: ABORTED },
    ]);
    await eventually('the connection is gone', () => target.sockets.open.size === 0);
    expect(target.arrived).to.have.length(1);
  });

  it('has no more requests under way than there are sockets, and does not count the wait for one', async () => {
    const open: (() => void)[] = [];
    const { send, clock, target } = await setUp((response) => void open.push(() => response.end()), {}, 2);
    const answers = [send(), send(), send()];
    await eventually('two requests are there', () => target.arrived.length === 2);
    await clock.tick(TIMEOUT - 1);
    for (const end of open.splice(0)) end();
    await Promise.all(answers.slice(0, 2));
    await eventually('the third is there', () => target.arrived.length === 3);
    await clock.tick(TIMEOUT - 1);
    for (const end of open.splice(0)) end();
    expect((await Promise.all(answers)).map((answer) => 'status' in answer && answer.status)).to.deep.equal([
      200, 200, 200,
    ]);
  });

  it('makes a request only when it has a socket for it, and passes on what making it throws', async () => {
    const open: (() => void)[] = [];
    const { client, target } = await setUp((response) => void open.push(() => response.end()), {}, 1);
    const made: number[] = [];
    const make = (number: number) => () => {
      made.push(number);
      return { method: 'GET', url: new URL(target.url), headers: {}, proxy: undefined } as const;
    };
    const { signal } = new AbortController();
    const answers = [client.send(make(1), signal), client.send(make(2), signal)];
    await eventually('one request is there', () => target.arrived.length === 1);
    expect(made).to.deep.equal([1]);
    open.shift()?.();
    await eventually('the second is there', () => target.arrived.length === 2);
    open.shift()?.();
    await Promise.all(answers);
    const broken = new Error('broken');
    const fails = client.send(() => {
      throw broken;
    }, signal);
    expect(await rejection(fails)).to.equal(broken);
    const last = client.send(make(3), signal);
    await eventually('the socket is free again', () => target.arrived.length === 3);
    open.shift()?.();
    expect(await last).to.include({ status: 200 });
  });

  it('names a fault by its code, without the address', async () => {
    const { send } = await setUp();
    expect(await send({ url: new URL('http://user:password@127.0.0.1:1/') })).to.deep.equal({ fault: 'ECONNREFUSED' });
  });

  it('repeats a request that met the closing of a kept connection', async () => {
    const { client } = await setUp();
    const connections: Socket[] = [];
    const server = createServer((socket) => {
      connections.push(socket);
      let requests = 0;
      socket.on('error', () => {});
      socket.on('data', () => {
        requests += 1;
        if (requests === 1) socket.write('HTTP/1.1 204 No Content\r\n\r\n');
        else socket.resetAndDestroy();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onCleanup(() => {
      for (const socket of connections) socket.destroy();
      server.close();
    });
    const { port } = server.address() as { port: number };
    const request = {
      method: 'GET',
      url: new URL(`http://127.0.0.1:${port}/`),
      headers: {},
      proxy: undefined,
    } as const;
    for (let n = 0; n < 2; n += 1) {
      expect(await client.send(request, new AbortController().signal)).to.include({ status: 204 });
      // The socket is free again a turn later.
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(connections).to.have.length(2);
  });
});
