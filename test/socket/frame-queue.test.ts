import { expect } from 'chai';
import { FrameQueue } from '../../server/socket/frame-queue.ts';

const settled = () => new Promise((resolve) => setImmediate(resolve));

function setUp(receive: (text: string | null) => void | Promise<void> = () => undefined) {
  const log: string[] = [];
  const open = new Map<string, { resolve(): void; reject(error: Error): void }>();
  const queue = new FrameQueue({
    receive(text) {
      log.push(`${text}`);
      if (text?.startsWith('slow') !== true) return receive(text);
      return new Promise((resolve, reject) => open.set(text, { resolve, reject }));
    },
    pause: () => log.push('pause'),
    resume: () => log.push('resume'),
    conclude: () => log.push('ended'),
    fault: (error) => log.push(`fault: ${error instanceof Error ? error.message : error}`),
  });
  const end = async (text: string, error?: Error) => {
    const one = open.get(text);
    if (error === undefined) one?.resolve();
    else one?.reject(error);
    await settled();
  };
  return { queue, log, end };
}

describe('take', () => {
  it('hands on quick frames at once, and never pauses for them', () => {
    const { queue, log } = setUp();
    for (const text of ['a', null, '']) queue.take(text);
    expect(log).to.deep.equal(['a', 'null', '']);
  });

  it('keeps frames back while one takes long, and their order', async () => {
    const { queue, log, end } = setUp();
    for (const text of ['slow 1', 'a', 'slow 2', 'b', null]) queue.take(text);
    expect(log).to.deep.equal(['slow 1', 'pause']);
    await end('slow 1');
    expect(log.slice(2)).to.deep.equal(['a', 'slow 2', 'pause']);
    await end('slow 2');
    expect(log.slice(5)).to.deep.equal(['b', 'null', 'resume']);
  });

  it('takes a frame after a resume at once', async () => {
    const { queue, log, end } = setUp();
    queue.take('slow');
    await end('slow');
    queue.take('a');
    expect(log).to.deep.equal(['slow', 'pause', 'resume', 'a']);
  });

  it('reports a frame that fails, late or at once, and goes on', async () => {
    const { queue, log, end } = setUp((text) => {
      if (text === 'bad') throw new Error('at once');
    });
    for (const text of ['slow', 'bad', 'a']) queue.take(text);
    await end('slow', new Error('late'));
    expect(log).to.deep.equal(['slow', 'pause', 'fault: late', 'bad', 'fault: at once', 'a', 'resume']);
  });
});

describe('finish', () => {
  it('ends at once when nothing is being handled, and takes no further frame', () => {
    const { queue, log } = setUp();
    queue.take('a');
    queue.finish();
    queue.take('b');
    queue.end();
    expect(log).to.deep.equal(['a', 'ended']);
  });

  it('ends after the frames that came before it', async () => {
    const { queue, log, end } = setUp();
    for (const text of ['slow', 'a']) queue.take(text);
    queue.finish();
    queue.take('b');
    expect(log).to.deep.equal(['slow', 'pause']);
    await end('slow');
    expect(log).to.deep.equal(['slow', 'pause', 'a', 'ended', 'resume']);
  });
});

describe('end', () => {
  it('drops what waits, and does not touch the socket again', async () => {
    const { queue, log, end } = setUp();
    for (const text of ['slow', 'a']) queue.take(text);
    queue.end();
    queue.take('b');
    await end('slow');
    expect(log).to.deep.equal(['slow', 'pause', 'ended']);
  });

  it('stops in the midst of frames that waited', async () => {
    const { queue, log, end } = setUp((text) => {
      if (text === 'last') queue.end();
    });
    for (const text of ['slow', 'last', 'a']) queue.take(text);
    await end('slow');
    expect(log).to.deep.equal(['slow', 'pause', 'last', 'ended']);
  });

  it('reports a session that fails to end, and ends it once', () => {
    let ends = 0;
    const faults: unknown[] = [];
    const queue = new FrameQueue({
      receive: () => undefined,
      pause() {},
      resume() {},
      conclude() {
        ends += 1;
        throw new Error('bad');
      },
      fault: (error) => faults.push(error),
    });
    queue.end();
    queue.end();
    expect(ends).to.equal(1);
    expect(faults.map(String)).to.deep.equal(['Error: bad']);
  });
});
