import { expect } from 'chai';
import { createBatcher } from '../../server/app-webhooks/batcher.ts';
import { createApp, type Hook } from '../../server/channel/app.ts';
import { fakeClock } from '../support/clock.ts';

function setUp() {
  const clock = fakeClock();
  const sent: string[] = [];
  const hookTo = (url: string, batch: boolean): Hook => ({ url, events: [], batch });
  const app = createApp({ id: '1', keys: [] });
  const batcher = createBatcher<string>(
    clock,
    (_app, { url }, reports) => void sent.push(`${url}: ${reports.join(' ')}`),
  );
  return { clock, sent, app, batcher, many: hookTo('many', true), one: hookTo('one', false) };
}

describe('createBatcher', () => {
  it('sends at once to a hook that takes one event in each request', () => {
    const { batcher, app, one, sent } = setUp();
    batcher.add(app, one, 'a');
    batcher.add(app, one, 'b');
    expect(sent).to.deep.equal(['one: a', 'one: b']);
  });

  it('collects for 50 ms from the first event on, for each hook', async () => {
    const { batcher, app, many, one, sent, clock } = setUp();
    batcher.add(app, many, 'a');
    await clock.tick(49);
    batcher.add(app, many, 'b');
    batcher.add(app, one, 'c');
    expect(sent).to.deep.equal(['one: c']);
    await clock.tick(1);
    expect(sent).to.deep.equal(['one: c', 'many: a b']);
  });

  it('sends a hundred events without waiting, and begins a new time with the next', async () => {
    const { batcher, app, many, sent, clock } = setUp();
    for (let n = 0; n < 101; n += 1) batcher.add(app, many, 'x');
    expect(sent.map((line) => line.split('x').length - 1)).to.deep.equal([100]);
    await clock.tick(50);
    expect(sent).to.have.length(2);
  });

  it('drops what it has for an app, and sends the rest when it is closed', () => {
    const { batcher, app, many, sent, clock } = setUp();
    const other = createApp({ id: '2', keys: [] });
    batcher.add(app, many, 'gone');
    batcher.add(other, { ...many, url: 'other' }, 'kept');
    batcher.forget('1');
    batcher.close();
    expect(sent).to.deep.equal(['other: kept']);
    expect(clock.timers()).to.equal(0);
  });
});
