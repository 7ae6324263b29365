// The names that messages are kept for, other than their devices: groups and feeds. Each has a small number in the tables.
import type { Statements } from './statements.ts';

/** The targets of a log. */
export interface Targets {
  find(name: string): number | undefined;
  /** Runs inside a transaction if the name is new. */
  idFor(name: string): number;
  count(): number;
  /** Forgets names without messages. Runs inside a transaction. */
  prune(): void;
}

/** @param undoLater keeps what undoes a change in memory, should the transaction fail */
export function createTargets(statements: Statements, undoLater: (step: () => void) => void): Targets {
  const ids = new Map<string, number>();
  for (const [id, name] of statements.targets.all() as [number, Buffer][]) ids.set(name.toString(), id);

  return {
    find: (name) => ids.get(name),
    idFor(name) {
      const known = ids.get(name);
      if (known !== undefined) return known;
      const id = Number(statements.addTarget.run([name]).lastInsertRowid);
      ids.set(name, id);
      undoLater(() => ids.delete(name));
      return id;
    },
    count: () => ids.size,
    prune() {
      for (const [id, bytes] of statements.emptyTargets.all() as [number, Buffer][]) {
        const name = bytes.toString();
        statements.removeTarget.run([id]);
        ids.delete(name);
        undoLater(() => ids.set(name, id));
      }
    },
  };
}
