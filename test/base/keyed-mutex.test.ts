import { expect } from 'chai';
import { createKeyedMutex } from '../../server/base/keyed-mutex.ts';
import { idle } from '../delivery/fixtures.ts';
import { rejection } from '../support/rejection.ts';

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

describe('createKeyedMutex', () => {
  it('runs work of one key one after the other, and of another key at once', async () => {
    const mutex = createKeyedMutex();
    const log: string[] = [];
    const [first, second, other] = [work(log, 'first'), work(log, 'second'), work(log, 'other')];
    const results = [mutex.run('a', first.run), mutex.run('a', second.run), mutex.run('b', other.run)];
    await idle();
    expect(log).to.deep.equal(['first', 'other']);
    first.end();
    await idle();
    expect(log).to.deep.equal(['first', 'other', 'second']);
    second.end();
    other.end();
    expect(await Promise.all(results)).to.deep.equal(['first', 'second', 'other']);
  });

  it('goes on after work that failed, and tells only its caller', async () => {
    const mutex = createKeyedMutex();
    const log: string[] = [];
    const [first, second] = [work(log, 'first'), work(log, 'second')];
    const failing = rejection(mutex.run('a', first.run));
    const following = mutex.run('a', second.run);
    first.fail();
    second.end();
    expect(await failing).to.have.property('message', 'first');
    expect(await following).to.equal('second');
  });

  it('begins at once when the key is free', async () => {
    const mutex = createKeyedMutex();
    const log: string[] = [];
    const [first, second] = [work(log, 'first'), work(log, 'second')];
    first.end();
    await mutex.run('a', first.run);
    await idle();
    second.end();
    const result = mutex.run('a', second.run);
    expect(log).to.deep.equal(['first', 'second']);
    await result;
  });
});
