// Stores pending leaves in a table of the message log, so that a report and the change of its leave share a
// transaction.
import type { PendingLeave, PendingLeaveStore } from '../../app-webhooks/pending-leaves.ts';
import type { GroupCommit } from './group-commit.ts';
import type { Statements } from './statements.ts';

const toRow = ({ app, channel, user }: PendingLeave) => [app, JSON.stringify([channel, user])];

function toLeave([app, name]: [string, string]): PendingLeave {
  const [channel, user] = JSON.parse(name) as [string, string];
  return { app, channel, user };
}

/** Makes the store of pending leaves in the tables of the log. */
export function createPendingLeaveStore(group: GroupCommit, statements: Statements): PendingLeaveStore {
  return {
    async load() {
      await group.settled();
      return (statements.pendingLeaves.all() as [string, string][]).map(toLeave);
    },
    add: (leave) => group.add(() => void statements.addPendingLeave.run(toRow(leave))),
    remove: (leave) => group.add(() => void statements.removePendingLeave.run(toRow(leave))),
    forget: (app) => group.add(() => void statements.forgetPendingLeaves.run([app])),
  };
}
