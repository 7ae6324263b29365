import { expect } from 'chai';
import { createSoleNode } from '../server/nodes.ts';
import { fakeClock } from './support/clock.ts';
import { FIGURES, factsOf } from './support/node-facts.ts';

const FACTS = factsOf('one');

describe('createSoleNode', () => {
  it('lists nothing before the node has said what it is', async () => {
    expect(await createSoleNode(fakeClock()).list()).to.deep.equal([]);
  });

  it('reads the figures each time, and was seen at that moment', async () => {
    const clock = fakeClock();
    const started = clock.now();
    const nodes = createSoleNode(clock);
    let sockets = 0;
    await nodes.announce(FACTS, () => ({ ...FIGURES, sockets }));
    sockets = 7;
    await clock.tick(1000);
    const seen = started + 1000;
    const own = { ...FACTS, ...FIGURES, id: nodes.self, started, seen, sockets: 7, shards: 64, lag: 0 };
    expect([await nodes.list(), nodes.count()]).to.deep.equal([[own], 1]);
  });

  it('tells how long its event loop was busy', async () => {
    const clock = fakeClock();
    const nodes = createSoleNode({ ...clock, monotonic: () => performance.now() });
    await nodes.announce(FACTS, () => FIGURES);
    const list = nodes.list();
    const busyUntil = performance.now() + 20;
    while (performance.now() < busyUntil);
    expect((await list)[0]?.lag).to.be.at.least(19);
  });
});
