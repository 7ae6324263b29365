import { expect } from 'chai';
import { createTurns } from '../../server/delivery/turns.ts';
import { rejection } from '../support/rejection.ts';
import { idle } from './fixtures.ts';

/** Work whose end the test decides. */
function work(log: string[], name: string) {
  let end: () => void = () => {};
  let fail: (error: Error) => void = () => {};
  const done = new Promise<string>((resolve, reject) => {
    end = () => resolve(name);
    fail = reject;
  });
  const run = async () => {
    log.push(name);
    return done;
  };
  return { run, end: () => end(), fail: () => fail(new Error(name)) };
}

describe('createTurns', () => {
  it('runs work of one key in turn, and of another at once', async () => {
    const inTurn = createTurns();
    const log: string[] = [];
    const [first, second, other] = [work(log, 'first'), work(log, 'second'), work(log, 'other')];
    const results = [inTurn('a', first.run), inTurn('a', second.run), inTurn('b', other.run)];
    await idle();
    expect(log).to.deep.equal(['first', 'other']);
    first.end();
    await idle();
    expect(log).to.deep.equal(['first', 'other', 'second']);
    second.end();
    other.end();
    expect(await Promise.all(results)).to.deep.equal(['first', 'second', 'other']);
  });

  it('goes on after work that failed, and tells its caller alone', async () => {
    const inTurn = createTurns();
    const log: string[] = [];
    const [first, second] = [work(log, 'first'), work(log, 'second')];
    const failing = rejection(inTurn('a', first.run));
    const following = inTurn('a', second.run);
    first.fail();
    second.end();
    expect(await failing).to.have.property('message', 'first');
    expect(await following).to.equal('second');
  });

  it('begins at once when nothing of the key is going on', async () => {
    const inTurn = createTurns();
    const log: string[] = [];
    const [first, second] = [work(log, 'first'), work(log, 'second')];
    first.end();
    await inTurn('a', first.run);
    await idle();
    second.end();
    const result = inTurn('a', second.run);
    expect(log).to.deep.equal(['first', 'second']);
    await result;
  });
});
