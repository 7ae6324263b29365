import { expect } from 'chai';
import { createIntake } from '../../server/socket/intake.ts';

const settled = () => new Promise((resolve) => setImmediate(resolve));

function setUp(receive: (text: string | null) => void | Promise<void> = () => undefined) {
  const log: string[] = [];
  const open = new Map<string, { resolve(): void; reject(error: Error): void }>();
  const intake = createIntake({
    receive(text) {
      log.push(`${text}`);
      if (text?.startsWith('slow') !== true) return receive(text);
      return new Promise((resolve, reject) => open.set(text, { resolve, reject }));
    },
    pause: () => log.push('pause'),
    resume: () => log.push('resume'),
    ended: () => log.push('ended'),
    fault: (error) => log.push(`fault: ${error instanceof Error ? error.message : error}`),
  });
  const end = async (text: string, error?: Error) => {
    const one = open.get(text);
    if (error === undefined) one?.resolve();
    else one?.reject(error);
    await settled();
  };
  return { intake, log, end };
}

describe('take', () => {
  it('hands on quick frames at once, and never pauses for them', () => {
    const { intake, log } = setUp();
    for (const text of ['a', null, '']) intake.take(text);
    expect(log).to.deep.equal(['a', 'null', '']);
  });

  it('keeps frames back while one takes long, and their order', async () => {
    const { intake, log, end } = setUp();
    for (const text of ['slow 1', 'a', 'slow 2', 'b', null]) intake.take(text);
    expect(log).to.deep.equal(['slow 1', 'pause']);
    await end('slow 1');
    expect(log.slice(2)).to.deep.equal(['a', 'slow 2', 'pause']);
    await end('slow 2');
    expect(log.slice(5)).to.deep.equal(['b', 'null', 'resume']);
  });

  it('takes a frame after a resume at once', async () => {
    const { intake, log, end } = setUp();
    intake.take('slow');
    await end('slow');
    intake.take('a');
    expect(log).to.deep.equal(['slow', 'pause', 'resume', 'a']);
  });

  it('reports a frame that fails, late or at once, and goes on', async () => {
    const { intake, log, end } = setUp((text) => {
      if (text === 'bad') throw new Error('at once');
    });
    for (const text of ['slow', 'bad', 'a']) intake.take(text);
    await end('slow', new Error('late'));
    expect(log).to.deep.equal(['slow', 'pause', 'fault: late', 'bad', 'fault: at once', 'a', 'resume']);
  });
});

describe('finish', () => {
  it('ends at once when nothing is being handled, and takes no further frame', () => {
    const { intake, log } = setUp();
    intake.take('a');
    intake.finish();
    intake.take('b');
    intake.end();
    expect(log).to.deep.equal(['a', 'ended']);
  });

  it('ends after the frames that came before it', async () => {
    const { intake, log, end } = setUp();
    for (const text of ['slow', 'a']) intake.take(text);
    intake.finish();
    intake.take('b');
    expect(log).to.deep.equal(['slow', 'pause']);
    await end('slow');
    expect(log).to.deep.equal(['slow', 'pause', 'a', 'ended', 'resume']);
  });
});

describe('end', () => {
  it('drops what waits, and does not touch the socket again', async () => {
    const { intake, log, end } = setUp();
    for (const text of ['slow', 'a']) intake.take(text);
    intake.end();
    intake.take('b');
    await end('slow');
    expect(log).to.deep.equal(['slow', 'pause', 'ended']);
  });

  it('stops in the midst of frames that waited', async () => {
    const { intake, log, end } = setUp((text) => {
      if (text === 'last') intake.end();
    });
    for (const text of ['slow', 'last', 'a']) intake.take(text);
    await end('slow');
    expect(log).to.deep.equal(['slow', 'pause', 'last', 'ended']);
  });

  it('reports a session that fails to end, and ends it once', () => {
    let ends = 0;
    const faults: unknown[] = [];
    const intake = createIntake({
      receive: () => undefined,
      pause() {},
      resume() {},
      ended() {
        ends += 1;
        throw new Error('bad');
      },
      fault: (error) => faults.push(error),
    });
    intake.end();
    intake.end();
    expect(ends).to.equal(1);
    expect(faults.map(String)).to.deep.equal(['Error: bad']);
  });
});
