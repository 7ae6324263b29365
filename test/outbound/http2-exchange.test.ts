import { constants, type ServerHttp2Stream } from 'node:http2';
import { expect } from 'chai';
import { createConnector, isOver } from '../../server/outbound/http2-connect.ts';
import { exchange, type PlainRequest } from '../../server/outbound/http2-exchange.ts';
import { onCleanup } from '../support/cleanup.ts';
import { fakeClock } from '../support/clock.ts';
import { eventually, soon } from '../support/eventually.ts';
import { certificate, created, type Respond, startHttp2, type Target } from './http2-target.ts';

const BOUNDS = { maxAnswer: 1000, answerTime: 500 };

async function setUp(respond: Respond = created, settings: object = {}, bounds: Partial<typeof BOUNDS> = {}) {
  const clock = fakeClock();
  const target = await startHttp2(respond, settings);
  const url = new URL(`${target.url}/p?a=1`);
  const connector = createConnector({ clock, timeout: 1000, ca: certificate.cert });
  const opened = await connector.open(url, { ticket: undefined });
  if (opened === undefined) throw new Error('the target has no HTTP/2');
  onCleanup(() => opened.socket.destroy());
  let streams = 0;
  const send = (more: Partial<PlainRequest> = {}, signal = new AbortController().signal) => {
    streams += 1;
    return exchange(
      opened.session,
      { method: 'POST', url, headers: {}, body: Buffer.from('x'), ...more },
      { clock, ...BOUNDS, ...bounds },
      signal,
      () => {
        streams -= 1;
      },
    );
  };
  /** The answer, once nothing of its stream is left. */
  const sendOnce = async (more: Partial<PlainRequest> = {}) => {
    const answer = await soon('the exchange is over', send(more));
    await noStream();
    return answer;
  };
  const noStream = () => eventually('no stream is left', () => streams === 0 && clock.timers() === 0);
  return { clock, target, send, sendOnce, noStream, ...opened };
}

/** Answers at once, while nothing of the request may be sent. */
function answerUnread(target: Target, answer: (stream: ServerHttp2Stream) => void): void {
  target.server.removeAllListeners('stream');
  target.server.on('stream', (stream) => {
    stream.on('error', () => {});
    // Otherwise, Node would reset the stream, which a hostile target does not.
    stream.resume();
    answer(stream);
  });
}

describe('exchange', () => {
  it('sends the request as it is', async () => {
    const { sendOnce, target } = await setUp();
    expect(await sendOnce({ method: 'GET', body: Buffer.from('body') })).to.deep.include({
      status: 201,
      isWhole: true,
    });
    expect(target.arrived[0]).to.include({ path: '/p?a=1', body: 'body' });
  });

  it('sends a request without a body', async () => {
    const { url } = (await setUp()).target;
    const { session } = await setUp();
    const request = { method: 'GET', url: new URL(url), headers: {} };
    const { signal } = new AbortController();
    expect(await exchange(session, request, { clock: fakeClock(), ...BOUNDS }, signal, () => {})).to.include({
      status: 201,
    });
  });

  for (const [how, answer] of [
    ['at once', (stream: ServerHttp2Stream) => stream.respond({ ':status': 413 }, { endStream: true })],
    [
      'with a body',
      (stream: ServerHttp2Stream) => {
        stream.respond({ ':status': 413 });
        stream.end('too long');
      },
    ],
  ] as const) {
    it(`leaves no stream to a target that answers ${how} and never reads the request`, async () => {
      const { sendOnce, target } = await setUp(created, { initialWindowSize: 0 });
      answerUnread(target, answer);
      expect(await sendOnce()).to.deep.include({ status: 413, isWhole: true });
    });
  }

  it('ends at once with a signal that has aborted before', async () => {
    const { send, noStream } = await setUp(() => {});
    expect(await soon('the exchange is over', send({}, AbortSignal.abort()))).to.have.property('error');
    await noStream();
  });

  it('ends when its signal aborts before an answer', async () => {
    const { send, noStream, target } = await setUp(() => {});
    const controller = new AbortController();
    const answer = send({}, controller.signal);
    await eventually('the request is there', () => target.arrived.length === 1);
    controller.abort();
    expect(await soon('the exchange is over', answer)).to.have.property('error');
    await noStream();
  });

  it('keeps the beginning of an answer when its signal aborts', async () => {
    let stream: ServerHttp2Stream | undefined;
    const { send, noStream, session } = await setUp((one) => {
      stream = one;
      one.respond({ ':status': 200 });
      one.write('begin');
    });
    const controller = new AbortController();
    const answer = send({}, controller.signal);
    await eventually('the answer has begun', () => (stream?.writableLength ?? 1) === 0);
    // What the target has written arrives before its answer to this.
    await new Promise<void>((resolve) => session.ping(() => resolve()));
    controller.abort();
    expect(await soon('the exchange is over', answer)).to.deep.include({
      status: 200,
      body: Buffer.from('begin'),
      isWhole: false,
    });
    await noStream();
  });

  it('reads no more than its bound, and ends the stream', async () => {
    let sent = 0;
    const { sendOnce } = await setUp((stream) => {
      stream.respond({ ':status': 200 });
      const more = () => {
        while (!stream.destroyed && stream.write(Buffer.alloc(16_384, 'y'))) sent += 16_384;
      };
      stream.on('drain', more);
      more();
    });
    const answer = await sendOnce();
    expect(answer).to.deep.include({ body: Buffer.alloc(1000, 'y'), isWhole: false });
    expect(sent).to.be.below(4_000_000);
  });

  it('does not wait for more of an answer than its time allows', async () => {
    const { send, noStream, clock } = await setUp((stream) => void stream.respond({ ':status': 200 }));
    let isOver = false;
    const answer = send().finally(() => {
      isOver = true;
    });
    await eventually('the time is over', async () => {
      await clock.tick(100);
      return isOver;
    });
    expect(await answer).to.deep.include({ status: 200, isWhole: false });
    await noStream();
  });

  it('says of an answer that is cut off that it is not whole', async () => {
    const { sendOnce } = await setUp((stream) => {
      // Without trailers to wait for, Node would end the answer before the reset.
      stream.respond({ ':status': 200 }, { waitForTrailers: true });
      stream.write('begin', () => stream.close(constants.NGHTTP2_INTERNAL_ERROR));
    });
    expect(await sendOnce()).to.deep.include({ status: 200, isWhole: false });
  });

  it('tells a request that the target refused from one that it reset', async () => {
    for (const [code, wasRefused] of [
      [constants.NGHTTP2_REFUSED_STREAM, true],
      [constants.NGHTTP2_INTERNAL_ERROR, false],
      [constants.NGHTTP2_CANCEL, false],
      [constants.NGHTTP2_NO_ERROR, false],
    ] as const) {
      const { sendOnce } = await setUp((stream) => stream.close(code));
      const answer = await sendOnce();
      expect(answer, String(code)).to.include({ wasRefused });
      expect(answer, String(code)).to.have.property('error').that.is.instanceOf(Error);
    }
  });

  it('takes a request that a goodbye leaves out for refused, and lets the one before finish', async () => {
    const held: ServerHttp2Stream[] = [];
    const { send, noStream, target } = await setUp((stream) => void held.push(stream));
    const answers = [send(), send()];
    await eventually('both requests are there', () => target.arrived.length === 2);
    const [first] = held;
    target.sessions[0]?.goaway(constants.NGHTTP2_NO_ERROR, first?.id);
    expect(await soon('the second is over', answers[1] as (typeof answers)[0])).to.include({ wasRefused: true });
    created(first as ServerHttp2Stream, target, 0);
    expect(await soon('the first is over', answers[0] as (typeof answers)[0])).to.include({ status: 201 });
    await noStream();
  });

  it('ends with the connection', async () => {
    const { send, noStream, target } = await setUp((stream) => stream.session?.destroy());
    const answers = await soon('all are over', Promise.all([send(), send(), send()]));
    for (const answer of answers) expect(answer).to.have.property('error');
    await noStream();
    await eventually('the connection is gone', () => target.open.size === 0);
  });

  it('takes a request on a session that has ended for refused', async () => {
    const { sendOnce, session } = await setUp();
    session.destroy();
    expect(isOver(session)).to.equal(true);
    expect(await sendOnce()).to.include({ wasRefused: true });
  });

  it('waits through informational answers', async () => {
    const { sendOnce } = await setUp((stream, target, number) => {
      for (let count = 0; count < 10; count += 1) stream.additionalHeaders({ ':status': 103 });
      created(stream, target, number);
    });
    expect(await sendOnce()).to.include({ status: 201, isWhole: true });
  });

  it('ends with an answer whose headers HTTP/2 does not allow', async () => {
    const { sendOnce } = await setUp((stream) => {
      stream.respond({ ':status': 200, ...Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`x${n}`, 'y'])) });
    });
    expect(await sendOnce()).to.have.property('error');
  });
});
