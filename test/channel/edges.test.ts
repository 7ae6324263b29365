import { expect } from 'chai';
import { createApp } from '../../server/channel/app.ts';
import { type Edge, EdgeQueue } from '../../server/channel/edges.ts';

const app = createApp({ id: '1', keys: [] });
const occupied = (channel: string): Edge => ({ type: 'occupied', app, channel });

describe('EdgeQueue', () => {
  it('runs the first step at once, then queued steps and edges in order', () => {
    const queue = new EdgeQueue();
    const log: string[] = [];
    queue.listen(({ channel }) => log.push(channel));
    queue.queue(() => log.push('step'));
    queue.edge(occupied('a'));
    queue.queue(() => log.push('last'));
    expect(log).to.deep.equal([]);
    queue.run(() => log.push('first'));
    expect(log).to.deep.equal(['first', 'step', 'a', 'last']);
    queue.run();
    expect(log).to.have.length(4);
  });

  it('lets steps that are queued meanwhile wait for their turn', () => {
    const queue = new EdgeQueue();
    const log: string[] = [];
    queue.queue(() => {
      queue.queue(() => log.push('inner'));
      queue.run(() => log.push('inner first'));
      log.push('outer');
    });
    queue.queue(() => log.push('second'));
    queue.run();
    expect(log).to.deep.equal(['inner first', 'outer', 'second', 'inner']);
  });

  it('tells every listener until it is removed', () => {
    const queue = new EdgeQueue();
    const log: string[] = [];
    const stop = queue.listen(({ channel }) => log.push(`one ${channel}`));
    queue.listen(({ channel }) => log.push(`two ${channel}`));
    queue.edge(occupied('a'));
    queue.run();
    stop();
    queue.edge(occupied('b'));
    queue.run();
    expect(log).to.deep.equal(['one a', 'two a', 'two b']);
  });

  it('runs everything although something throws, and then throws it once', () => {
    const queue = new EdgeQueue();
    const log: string[] = [];
    queue.listen(() => {
      throw new Error('listener');
    });
    queue.listen(({ channel }) => log.push(channel));
    queue.edge(occupied('a'));
    queue.queue(() => log.push('step'));
    expect(() => queue.run()).to.throw(Error, /^listener$/);
    expect(log).to.deep.equal(['a', 'step']);
    queue.run();
  });

  it('throws several errors together', () => {
    const queue = new EdgeQueue();
    for (const text of ['one', 'two']) {
      queue.queue(() => {
        throw new Error(text);
      });
    }
    expect(() => queue.run())
      .to.throw(AggregateError)
      .with.property('errors')
      .that.satisfies((errors: Error[]) => errors.map(({ message }) => message).join() === 'one,two');
  });
});
