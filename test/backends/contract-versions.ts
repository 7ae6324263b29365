// The part of the contract about stores that several nodes change. It runs for one node of a backend, and for two nodes of a
// backend that has them.
import { expect } from 'chai';
import type { Change, VersionedStore } from '../../server/base/versioned-store.ts';

/** How the tests reach a store. */
export interface StoreSubject<R> {
  readonly name: string;
  /** Opens the same empty store on as many nodes. */
  open(nodes: number): Promise<readonly VersionedStore<R>[]>;
  /** A record; `text` tells two of one name apart. */
  record(name: string, text: string): R;
  nameOf(record: R): string;
  textOf(record: R): string;
}

/** Changes in short: `name text`, with a mark of the node that made it. */
function listen<R>(store: VersionedStore<R>, { textOf }: StoreSubject<R>): string[] {
  const told: string[] = [];
  store.onChange(({ name, record, own, replaces }: Change<R>) => {
    told.push(
      `${own ? 'own' : 'other'} ${name} ${record === undefined ? 'gone' : textOf(record)}${replaces ? ' replaces' : ''}`,
    );
  });
  return told;
}

/** What one node promises. */
export function describeVersions<R>(subject: StoreSubject<R>): void {
  describe(`changes of ${subject.name}`, () => {
    async function open(): Promise<VersionedStore<R>> {
      const [store] = await subject.open(1);
      if (store === undefined) throw new Error('expected a store');
      return store;
    }

    it('are told before they resolve, in the order of their versions', async () => {
      const store = await open();
      const told = listen(store, subject);
      const versions = [store.version()];
      store.onChange(() => versions.push(store.version()));
      await store.put(subject.record('a', 'one'), store.version());
      expect(told).to.deep.equal(['own a one']);
      await store.put(subject.record('a', 'two'), store.version(), true);
      expect(await store.remove('a', store.version())).to.equal('stored');
      expect(told).to.deep.equal(['own a one', 'own a two replaces', 'own a gone']);
      expect(versions).to.deep.equal([...versions].sort((x, y) => x - y));
      expect(new Set(versions).size).to.equal(4);
    });

    it('of one node do not conflict when it knows the version', async () => {
      const store = await open();
      expect(await store.put(subject.record('a', 'one'), store.version())).to.equal('stored');
      expect(await store.put(subject.record('a', 'two'), store.version())).to.equal('stored');
      expect(await store.remove('nobody', store.version())).to.equal('stored');
      await store.catchUp();
    });
  });
}

/** What two nodes promise each other. */
export function describeVersionsOfNodes<R>(subject: StoreSubject<R>): void {
  describe(`changes of ${subject.name} by two nodes`, () => {
    async function open(): Promise<[VersionedStore<R>, VersionedStore<R>]> {
      const [one, two] = await subject.open(2);
      if (one === undefined || two === undefined) throw new Error('expected two nodes');
      return [one, two];
    }

    it('are told to the other, in their order, by catchUp at the latest', async () => {
      const [one, two] = await open();
      const told = listen(two, subject);
      await one.put(subject.record('a', 'one'));
      await one.put(subject.record('b', 'one'), one.version(), true);
      await one.remove('a');
      await two.catchUp();
      expect(told).to.deep.equal(['other a one', 'other b one replaces', 'other a gone']);
      expect(two.version()).to.equal(one.version());
      expect((await two.load()).map(subject.textOf)).to.deep.equal(['one']);
    });

    it('are all known to a node that loads while they are made', async () => {
      const [one, two] = await open();
      // More than fit into one page of a backend that reads in pages.
      const many = Array.from({ length: 1200 }, (_, n) => `r${n}`);
      await Promise.all(many.map((name) => one.put(subject.record(name, 'before'))));
      const known = new Map<string, string>();
      two.onChange(({ name, record }) => {
        if (record === undefined) known.delete(name);
        else known.set(name, subject.textOf(record));
      });
      const loading = two.load().then((records) => {
        known.clear();
        for (const record of records) known.set(subject.nameOf(record), subject.textOf(record));
      });
      const changes = many.map((name, n) => (n % 2 ? one.remove(name) : one.put(subject.record(name, 'after'))));
      await Promise.all([loading, ...changes]);
      await two.catchUp();
      const left = many.filter((_, n) => n % 2 === 0);
      expect(known).to.deep.equal(new Map(left.map((name) => [name, 'after'])));
    });

    it('conflict when the other changed the record since, which has then been told', async () => {
      const [one, two] = await open();
      const seen = two.version();
      await one.put(subject.record('a', 'one'), one.version());
      const told = listen(two, subject);
      const answers = [await two.put(subject.record('a', 'two'), seen), await two.remove('a', seen)];
      expect(answers).to.deep.equal(['conflict', 'conflict']);
      expect(two.version()).to.be.above(seen);
      expect(told.filter((line) => line.startsWith('own'))).to.deep.equal([]);
      expect(await two.put(subject.record('a', 'two'), two.version())).to.equal('stored');
      await one.catchUp();
      expect((await one.load()).map(subject.textOf)).to.deep.equal(['two']);
    });

    it('conflict with a removal too, and with nothing that happens to other records', async () => {
      const [one, two] = await open();
      await one.put(subject.record('a', 'one'));
      await two.catchUp();
      const seen = two.version();
      await one.remove('a');
      await one.put(subject.record('b', 'one'));
      expect(await two.put(subject.record('a', 'two'), seen)).to.equal('conflict');
      expect(await two.put(subject.record('c', 'two'), seen)).to.equal('stored');
    });

    it('of which exactly one wins when both are made at once', async () => {
      const [one, two] = await open();
      const answers = await Promise.all(
        [one, two].map((store, at) => store.put(subject.record('a', `${at}`), store.version())),
      );
      expect(answers).to.have.members(['stored', 'conflict']);
    });
  });
}
