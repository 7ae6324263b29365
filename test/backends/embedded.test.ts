import { tempDir } from '../support/temp-dir.ts';
import { backendContract } from './contract.ts';
import { describeCrash } from './contract-crash.ts';
import { describePendingLeaves } from './contract-pending-leaves.ts';
import { MODULE, open } from './embedded-harness.ts';

const harness = { place: tempDir, open, module: MODULE };

backendContract('embedded', harness);

// What only a backend with one node promises: what apps are owed is stored together with reports and messages.
describe('backend embedded', () => {
  describePendingLeaves(harness);
  describeCrash(harness);
});
