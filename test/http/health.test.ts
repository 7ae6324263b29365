import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { expect } from 'chai';
import Database from 'libsql';
import { onCleanup } from '../support/cleanup.ts';
import { eventually } from '../support/eventually.ts';
import { TOKEN, type World, world } from '../world.ts';

/** The answer to a request that comes while the relay ends, over a connection that was open before. */
async function answerWhileDraining(relay: World, path: string): Promise<string> {
  const socket = connect(relay.relay.ports.http, '127.0.0.1').setEncoding('utf8');
  onCleanup(() => socket.destroy());
  await once(socket, 'connect');
  // Answered on a later connection: the relay has taken this one as well.
  await relay.fetch('/health');
  const ended = relay.stop();
  socket.write(`GET ${path} HTTP/1.1\r\nhost: relay\r\n\r\n`);
  const answer = await readText(socket);
  await ended;
  return answer;
}

describe('GET /health', () => {
  it('returns what load balancers and people need', async () => {
    const relay = await world();
    const { ws } = await relay.device('a');
    ws.terminate();
    await relay.request('/a.send?wait=0&text=x');
    await relay.clock.tick(2500);
    const { status, headers, json } = await relay.fetch('/health');
    expect(status).to.equal(200);
    expect(headers.get('content-type')).to.equal('application/json; charset=utf-8');
    expect(headers.get('cache-control')).to.equal('no-store');
    expect(json).to.deep.equal({
      status: 'ok',
      version: '0.0.0-test',
      uptime: 2,
      queued: 1,
      nodes: 1,
      // What Gotify's programs read.
      health: 'green',
      database: 'green',
    });
  });

  it('needs no token, and answers HEAD', async () => {
    const relay = await world();
    const { status, text } = await relay.fetch('/health', { method: 'HEAD' });
    expect([status, text]).to.deep.equal([200, '']);
  });

  it('is 503 while the relay drains', async () => {
    const [head = '', body = ''] = (await answerWhileDraining(await world(), '/health')).split('\r\n\r\n');
    expect(head).to.match(/^HTTP\/1\.1 503 /);
    expect(JSON.parse(body)).to.include({ status: 'draining', queued: 0, health: 'red', database: 'green' });
  });
});

describe('GET /ready', () => {
  it('answers as /health does, at HEAD too', async () => {
    const relay = await world();
    const [ready, health] = [await relay.fetch('/ready'), await relay.fetch('/health')];
    expect([ready.status, ready.json]).to.deep.equal([200, health.json]);
    expect((await relay.fetch('/ready', { method: 'HEAD' })).status).to.equal(200);
    expect(await answerWhileDraining(relay, '/ready')).to.match(/^HTTP\/1\.1 503 /);
  });
});

describe('GET /up', () => {
  it('says that the process is alive, as Reverb does, until it exits', async () => {
    const relay = await world();
    const { status, headers, text } = await relay.fetch('/up');
    expect([status, text]).to.deep.equal([200, '{"health":"OK"}']);
    expect(headers.get('cache-control')).to.equal('no-store');
    const head = await relay.fetch('/up', { method: 'HEAD' });
    expect([head.status, head.text]).to.deep.equal([200, '']);
    expect(await answerWhileDraining(relay, '/up')).to.match(/^HTTP\/1\.1 200 /);
  });

  for (const name of ['up', 'ready', 'health']) {
    it(`leaves a device called ${name} to its messages`, async () => {
      const relay = await world();
      const device = await relay.device(name, { acknowledge: true });
      const { json } = await relay.request(`/${name}.send?text=hi`);
      expect(json.data).to.include({ [name]: 'ok' });
      const packet = { cmd: 'MESSAGE', data: { sendType: 'personal', target: name, message: { text: 'hi' } } };
      const headers = { authorization: TOKEN, 'content-type': 'application/json' };
      const posted = await relay.fetch(`/${name}`, { method: 'POST', headers, body: JSON.stringify(packet) });
      expect(posted.json.data).to.include({ [name]: 'ok' });
      expect(device.frames).to.have.length(3);
    });
  }
});

describe('a relay with a message that cannot be read', () => {
  it('fails that message, delivers the others, and reports it at /ready', async () => {
    const relay = await world();
    const { ws } = await relay.device('a');
    ws.terminate();
    const send = async (text: string) => (await relay.request(`/a.send?text=${text}&wait=0`)).json.data.mid as string;
    const [, bad] = [await send('one'), await send('bad'), await send('two')];
    await relay.stop();
    const db = new Database(join(relay.dir, 'messages.db'));
    db.exec(`UPDATE messages SET json = 'null' WHERE mid = ${bad}`);
    db.close();
    await relay.start();
    const device = await relay.device('a', { acknowledge: true });
    const texts = [(await device.packet('MESSAGE')).data, (await device.packet('MESSAGE')).data];
    expect(texts.map(({ message }) => message.text)).to.deep.equal(['one', 'two']);
    await eventually('nothing waits any more', async () => (await relay.fetch('/health')).json.queued === 0);
    const { status, json } = await relay.fetch('/ready');
    expect(status).to.equal(200);
    expect(json.storage).to.deep.equal({ status: 'damaged', unreadable: 1 });
    const { messages } = (await relay.request('/v1/devices/a/messages')).json;
    expect(messages).to.have.length(2);
  });
});
