import { once } from 'node:events';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import { json } from '../../../server/dialects/kit/http-message.ts';
import type { LiveStream, StreamEnd, StreamOptions } from '../../../server/dialects/kit/live-stream.ts';
import { createStreams, type HeldOptions } from '../../../server/dialects/kit/stream.ts';
import { write } from '../../../server/http/http-message.ts';
import { closeServer, createHttpServer, listen } from '../../../server/http/listen.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { fakeClock } from '../../support/clock.ts';
import { eventually } from '../../support/eventually.ts';
import { openStream, type StreamReader } from '../../support/stream-reader.ts';

const KEEPALIVE = 45_000;

/** Serves one answer that goes on to every request. */
async function serve(make: { live?: Partial<StreamOptions>; held?: HeldOptions }, maxBuffered = 65_536) {
  const clock = fakeClock();
  const failures: unknown[] = [];
  const ends: StreamEnd[] = [];
  const open: LiveStream[] = [];
  const streams = createStreams({ clock, maxBuffered, failed: (error) => void failures.push(error) });
  const server = createHttpServer((_request, response) => {
    const answer =
      make.held === undefined
        ? streams.live({
            contentType: 'text/plain; charset=utf-8',
            keepalive: KEEPALIVE,
            sign: () => '~',
            run: (stream) => void open.push(stream),
            ended: (why) => void ends.push(why),
            ...make.live,
          })
        : streams.held(make.held);
    write(response, answer, { 'x-more': 'yes' });
  });
  const port = await listen(server, { host: '127.0.0.1', port: 0 });
  onCleanup(() => closeServer(server, 100));
  return { port, clock, streams, failures, ends, open, server };
}

/** Opens the answer of {@link serve}. */
function get(port: number, method = 'GET'): Promise<StreamReader> {
  return openStream(`http://127.0.0.1:${port}/`, {}, method);
}

const REQUEST = 'GET / HTTP/1.1\r\nHost: h\r\n\r\n';

/** A peer that sends these requests. */
async function peerOf(port: number, requests = REQUEST): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  onCleanup(() => socket.destroy());
  await once(socket, 'connect');
  socket.pause();
  socket.write(requests);
  return socket;
}

/** A peer that sends a request and reads nothing. */
const deafPeer = (port: number) => peerOf(port);

/** A peer that shows the bytes of its answers. */
async function barePeer(port: number, requests: string) {
  const socket = await peerOf(port, requests);
  const read = { text: '', isOver: false };
  socket.on('data', (chunk) => {
    read.text += chunk;
  });
  socket.on('close', () => {
    read.isOver = true;
  });
  socket.on('end', () => socket.end());
  socket.resume();
  return read;
}

describe('createStreams', () => {
  describe('live', () => {
    it('sends its head at once, keeps proxies from holding it back, and goes on', async () => {
      const { port, open } = await serve({});
      const reader = await get(port);
      expect(reader.response.statusCode).to.equal(200);
      expect(reader.response.headers).to.include({
        'content-type': 'text/plain; charset=utf-8',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
        'x-more': 'yes',
      });
      expect(reader.response.headers).to.not.have.property('content-length');
      open[0]?.write('one');
      await eventually('the first text', () => reader.text === 'one');
      open[0]?.write('two');
      await eventually('the second text', () => reader.text === 'onetwo');
    });

    it('sends signs of life at fixed times, whatever else it sends', async () => {
      const { port, clock, open } = await serve({});
      const reader = await get(port);
      await clock.tick(KEEPALIVE - 1);
      open[0]?.write('a');
      await clock.tick(1);
      await eventually('a sign of life', () => reader.text === 'a~');
      await clock.tick(KEEPALIVE);
      await eventually('a second one', () => reader.text === 'a~~');
    });

    it('ends in good order with finish, and by the connection with cut', async () => {
      const { port, open, ends } = await serve({});
      const whole = await get(port);
      open[0]?.write('all');
      open[0]?.finish();
      await eventually('the end', () => whole.ending === 'whole');
      const part = await get(port);
      open[1]?.write('part');
      open[1]?.cut();
      await eventually('the end', () => part.ending === 'cut');
      expect([whole.text, part.text]).to.deep.equal(['all', 'part']);
      expect(ends).to.deep.equal(['done', 'done']);
      expect(open.map((stream) => [stream.isOpen, stream.write('late')])).to.deep.equal([
        [false, false],
        [false, false],
      ]);
    });

    it('tells that the peer is gone, and stops its signs of life', async () => {
      const { port, ends, clock } = await serve({});
      const reader = await get(port);
      reader.response.destroy();
      await eventually('the end is told', () => ends[0] === 'gone');
      expect(clock.timers()).to.equal(0);
    });

    it('ends a peer that does not read, at the bound and not before', async () => {
      const { port, open, ends } = await serve({}, 200_000);
      await deafPeer(port);
      await eventually('the stream', () => open.length === 1);
      const part = 'x'.repeat(50_000);
      let sent = 0;
      while (open[0]?.write(part) === true) sent += part.length;
      expect(ends).to.deep.equal(['slow']);
      expect(sent).to.be.at.least(200_000);
    });

    it('lets a long answer wait for its peer', async () => {
      const part = 'x'.repeat(100_000);
      let waits = 0;
      const run = async (stream: LiveStream) => {
        for (let count = 0; count < 200; count += 1) {
          stream.write(part);
          const drained = stream.drained();
          if (drained !== undefined) waits += 1;
          await drained;
        }
        stream.finish();
      };
      const { port, ends } = await serve({ live: { run } }, 150_000);
      const reader = await get(port);
      await eventually('everything', () => reader.ending === 'whole');
      expect(reader.text.length).to.equal(20_000_000);
      expect(ends).to.deep.equal(['done']);
      expect(waits).to.be.greaterThan(0);
    });

    it('sends what was written in one turn in order, with letters of several bytes, and nothing for an empty text', async () => {
      const { port, open } = await serve({});
      const reader = await get(port);
      for (const text of ['one ', '', '二 ', '🙂']) expect(open[0]?.write(text)).to.equal(true);
      await eventually('the texts', () => reader.text === 'one 二 🙂');
      open[0]?.write(' more');
      open[0]?.finish();
      await eventually('the end', () => reader.ending === 'whole');
      expect(reader.text).to.equal('one 二 🙂 more');
    });

    it('sends one chunk for each text, and its last chunk at the end', async () => {
      const { port, open } = await serve({});
      const read = await barePeer(port, REQUEST);
      await eventually('the head', () => read.text.endsWith('\r\n\r\n'));
      open[0]?.write('twelve bytes');
      open[0]?.write('é');
      open[0]?.finish();
      await eventually('the end', () => read.text.endsWith('\r\n\r\nc\r\ntwelve bytes\r\n2\r\né\r\n0\r\n\r\n'));
    });

    it('sends bare texts to a peer that knows no chunks', async () => {
      const { port, open } = await serve({});
      const read = await barePeer(port, 'GET / HTTP/1.0\r\nHost: h\r\n\r\n');
      await eventually('the head', () => read.text.endsWith('\r\n\r\n'));
      open[0]?.write('one ');
      open[0]?.write('two');
      open[0]?.finish();
      await eventually('the end', () => read.isOver);
      expect(read.text.endsWith('\r\n\r\none two')).to.equal(true);
    });

    it('waits for the answer to the request before it', async () => {
      const { port, open } = await serve({});
      const read = await barePeer(port, REQUEST + REQUEST);
      await eventually('both', () => open.length === 2);
      open[1]?.write('second');
      open[0]?.write('first');
      open[0]?.finish();
      await eventually('both texts', () => /first.*second/s.test(read.text));
      open[1]?.write('third');
      open[1]?.finish();
      await eventually('the end', () => read.text.endsWith('0\r\n\r\n'));
      const [, head, first, next, second = ''] =
        /^(.*?\r\n\r\n)(5.*?0\r\n\r\n)(.*?\r\n\r\n)(.*)$/s.exec(read.text) ?? [];
      expect([head === next, first]).to.deep.equal([true, '5\r\nfirst\r\n0\r\n\r\n']);
      expect(second).to.equal('6\r\nsecond\r\n5\r\nthird\r\n0\r\n\r\n');
    });

    it('holds the bound for a peer that ended its side and does not read', async () => {
      const { port, open, ends } = await serve({}, 8 * 2 ** 20);
      const peer = await deafPeer(port);
      await eventually('the stream', () => open.length === 1);
      const part = 'x'.repeat(2 ** 20);
      const stream = open[0];
      // More than the buffers of the system take, so that the connection does not end.
      while (stream?.drained() === undefined) stream?.write(part);
      peer.end();
      await eventually('its end', () => stream?.write(part) === false);
      expect(ends).to.deep.equal(['slow']);
    });

    it('cuts off a stream that fails, and tells of the failure', async () => {
      const broken = new Error('broken');
      const { port, failures } = await serve({ live: { run: () => Promise.reject(broken) } });
      const reader = await get(port);
      await eventually('the end', () => reader.ending === 'cut');
      expect(failures).to.deep.equal([broken]);
    });

    it('answers HEAD with the head only', async () => {
      const { port, ends, open } = await serve({});
      const reader = await get(port, 'HEAD');
      await eventually('the end', () => reader.ending === 'whole');
      expect([ends, open]).to.deep.equal([['done'], []]);
    });

    it('ends the connections when the relay closes, and takes no more', async () => {
      const { port, streams, ends, open } = await serve({});
      const reader = await get(port);
      open[0]?.write('last');
      streams.close();
      await eventually('the end', () => reader.ending === 'cut');
      expect(reader.text).to.equal('last');
      expect(ends).to.deep.equal(['closing']);
      const error = await get(port).catch((reason: NodeJS.ErrnoException) => reason.code);
      expect(error).to.equal('ECONNRESET');
      expect(ends).to.deep.equal(['closing', 'closing']);
    });
  });

  describe('held', () => {
    const answered = () => {
      let answer: (made: ReturnType<typeof json>) => void = () => {};
      let signal: AbortSignal | undefined;
      const held: HeldOptions = {
        spaced: true,
        answer: (given) => {
          signal = given;
          return new Promise((resolve) => {
            answer = resolve;
          });
        },
      };
      return { held, answer: (made: ReturnType<typeof json>) => answer(made), signal: () => signal };
    };

    it('answers with its own status while no byte was sent', async () => {
      const asked = answered();
      const { port } = await serve({ held: asked.held });
      const reading = get(port);
      await eventually('the request', () => asked.signal() !== undefined);
      asked.answer(json({ answer: 'no' }, 408));
      const reader = await reading;
      await eventually('the end', () => reader.ending === 'whole');
      expect([reader.response.statusCode, reader.text]).to.deep.equal([408, '{"answer":"no"}']);
    });

    it('sends a byte of white space every 20 s, so that the JSON can still be read', async () => {
      const asked = answered();
      const { port, clock } = await serve({ held: asked.held });
      const reading = get(port);
      await eventually('the request', () => asked.signal() !== undefined);
      await clock.tick(40_000);
      const reader = await reading;
      await eventually('two bytes', () => reader.text === '  ');
      asked.answer(json({ answer: 'yes' }));
      await eventually('the end', () => reader.ending === 'whole');
      expect(JSON.parse(reader.text)).to.deep.equal({ answer: 'yes' });
      expect(clock.timers()).to.equal(0);
    });

    it('sends nothing before an answer of another type', async () => {
      const asked = answered();
      const { clock, port } = await serve({ held: { ...asked.held, spaced: false } });
      const reading = get(port);
      await eventually('the request', () => asked.signal() !== undefined);
      expect(clock.timers()).to.equal(0);
      asked.answer({ status: 200, headers: { 'content-type': 'text/plain' }, body: 'yes\n' });
      const reader = await reading;
      await eventually('the end', () => reader.ending === 'whole');
      expect(reader.text).to.equal('yes\n');
    });

    it('tells that nobody waits any more, and why', async () => {
      const asked = answered();
      const { port, streams } = await serve({ held: asked.held });
      const asking = request({ port, host: '127.0.0.1', agent: false }).end();
      asking.on('error', () => {});
      await eventually('the request', () => asked.signal() !== undefined);
      const first = asked.signal();
      asking.destroy();
      await eventually('its end', () => first?.aborted === true);
      expect(first?.reason).to.equal('gone');

      const second = get(port).catch((error: NodeJS.ErrnoException) => error.code);
      await eventually('the request', () => asked.signal() !== first);
      streams.close();
      expect(asked.signal()?.reason).to.equal('closing');
      expect(await second).to.equal('ECONNRESET');
    });
  });
});
