// The ends that apps are owed, in a table of the message log: a report and what is owed for it share a transaction.
import type { OwedEnd, OwedEndStore } from '../../app-webhooks/pending-leaves.ts';
import type { GroupCommit } from './group-commit.ts';
import type { Statements } from './statements.ts';

const toRow = ({ app, channel, user }: OwedEnd) => [app, JSON.stringify([channel, user])];

function toEnd([app, name]: [string, string]): OwedEnd {
  const [channel, user] = JSON.parse(name) as [string, string];
  return { app, channel, user };
}

/** The owed ends in the tables of the log. */
export function createOwedEndStore(group: GroupCommit, statements: Statements): OwedEndStore {
  return {
    async load() {
      await group.settled();
      return (statements.owedEnds.all() as [string, string][]).map(toEnd);
    },
    add: (end) => group.add(() => void statements.addOwedEnd.run(toRow(end))),
    remove: (end) => group.add(() => void statements.removeOwedEnd.run(toRow(end))),
    forget: (app) => group.add(() => void statements.forgetOwedEnds.run([app])),
  };
}
