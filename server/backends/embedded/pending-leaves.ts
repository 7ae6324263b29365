// The ends that apps are owed, in a table of the message log: a report and what is owed for it share a transaction.
import type { PendingLeave, PendingLeaveStore } from '../../app-webhooks/pending-leaves.ts';
import type { GroupCommit } from './group-commit.ts';
import type { Statements } from './statements.ts';

const toRow = ({ app, channel, user }: PendingLeave) => [app, JSON.stringify([channel, user])];

function toEnd([app, name]: [string, string]): PendingLeave {
  const [channel, user] = JSON.parse(name) as [string, string];
  return { app, channel, user };
}

/** The owed ends in the tables of the log. */
export function createPendingLeaveStore(group: GroupCommit, statements: Statements): PendingLeaveStore {
  return {
    async load() {
      await group.settled();
      return (statements.pendingLeaves.all() as [string, string][]).map(toEnd);
    },
    add: (end) => group.add(() => void statements.addPendingLeave.run(toRow(end))),
    remove: (end) => group.add(() => void statements.removePendingLeave.run(toRow(end))),
    forget: (app) => group.add(() => void statements.forgetPendingLeaves.run([app])),
  };
}
