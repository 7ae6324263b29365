// The part of the contract about the nodes of a relay.
import { expect } from 'chai';
import type { Backend } from '../../server/backends/backend.ts';
import type { NodeRecord } from '../../server/nodes.ts';
import { onCleanup } from '../support/cleanup.ts';
import { eventually } from '../support/eventually.ts';
import { FIGURES, factsOf } from '../support/node-facts.ts';
import { type Harness, openNodes } from './harness.ts';

/** The one node of that name in the list of a backend. */
async function find({ nodes }: Backend, name: string): Promise<NodeRecord | undefined> {
  const found = (await nodes.list()).filter((node) => node.name === name);
  expect(found).to.have.length.at.most(1);
  return found[0];
}

export function describeNodes(harness: Harness<Backend>): void {
  describe('nodes', () => {
    async function open(nodes: number): Promise<Backend[]> {
      const opened = [...(await openNodes(harness, nodes))];
      for (const [at, backend] of opened.entries()) await backend.nodes.announce(factsOf(`node-${at}`), () => FIGURES);
      return opened;
    }

    it('list this one, with what it says of itself', async () => {
      const [one] = await open(1);
      if (one === undefined) throw new Error('expected a node');
      const own = await eventually('the node is listed', () => find(one, 'node-0'));
      expect(own).to.include({ ...factsOf('node-0'), id: one.nodes.self });
      expect(own).to.deep.include({ ...FIGURES });
      expect(own?.id).to.match(/^[\w-]{8,}$/);
      expect(own?.seen).to.be.at.least(own?.started ?? Number.POSITIVE_INFINITY);
      expect(own?.lag).to.be.within(0, 60_000);
      expect(own?.shards).to.be.within(0, 64);
      expect(one.nodes.count()).to.equal(1);
    });

    it('have another id after each start', async () => {
      const place = await harness.place();
      const before = await harness.open(place);
      const { self } = before.nodes;
      await before.close();
      const after = await harness.open(place);
      expect(after.nodes.self).not.to.equal(self);
      await after.close();
    });

    if (harness.sharesPlaces !== true) return;

    it('list each other, and tell who comes and who goes', async () => {
      const place = await harness.place();
      const one = await harness.open(place);
      onCleanup(() => one.close());
      await one.nodes.announce(factsOf('node-0'), () => FIGURES);
      const told: string[] = [];
      one.nodes.onChange((name, isThere) => told.push(`${name} ${isThere ? 'is there' : 'is gone'}`));
      const two = await harness.open(place);
      await two.nodes.announce(factsOf('node-1'), () => FIGURES);
      await eventually('both see two', () => one.nodes.count() === 2 && two.nodes.count() === 2);
      expect(await find(one, 'node-1')).to.include({ id: two.nodes.self });
      await two.close();
      await eventually('one is left', () => one.nodes.count() === 1);
      expect(told).to.deep.equal(['node-1 is there', 'node-1 is gone']);
    });
  });
}
