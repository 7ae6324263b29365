// The contract of backends as tests: every backend runs the same body. Not here: what only one of them promises.
import type { Backend } from '../../server/backends/backend.ts';
import { describeExpire, describeForget } from './contract-deletion.ts';
import { describeDocuments } from './contract-documents.ts';
import { describeGuards } from './contract-guards.ts';
import {
  describeAppend,
  describeOverdue,
  describeQueued,
  describeRecord,
  describeRetract,
  describeUnsettled,
} from './contract-log.ts';
import { describeNameHolders } from './contract-name-holders.ts';
import { describeNodes } from './contract-nodes.ts';
import { describeNumbers } from './contract-numbers.ts';
import { describeFind, describeLastReceived, describeLatest, describeRecent } from './contract-queries.ts';
import { describeReadMarks } from './contract-read-marks.ts';
import {
  describeApps,
  describeBus,
  describeChanges,
  describeDevices,
  describeKeys,
  describeRevocations,
  describeSecrets,
} from './contract-registry.ts';
import { describeReports } from './contract-reports.ts';
import { describeRemoval, describeTargets } from './contract-targets.ts';
import type { Harness } from './harness.ts';

/** Runs the contract for one backend, each part with a fresh place per test. */
export function backendContract(name: string, harness: Harness<Backend>): void {
  describe(`backend ${name}`, () => {
    describeAppend(harness);
    describeRecord(harness);
    describeUnsettled(harness);
    describeRecent(harness);
    describeFind(harness);
    describeLatest(harness);
    describeLastReceived(harness);
    describeNumbers(harness);
    describeTargets(harness);
    describeRemoval(harness);
    describeReadMarks(harness);
    describeQueued(harness);
    describeOverdue(harness);
    describeExpire(harness);
    describeRetract(harness);
    describeForget(harness);
    describeDevices(harness);
    describeApps(harness);
    describeKeys(harness);
    describeRevocations(harness);
    describeSecrets(harness);
    describeDocuments(harness);
    if (harness.isCrossed === true) return;
    describeChanges(harness);
    describeReports(harness);
    describeBus(harness);
    describeGuards(harness);
    describeNameHolders(harness);
    describeNodes(harness);
  });
}
