import { tempDir } from '../support/temp-dir.ts';
import { backendContract } from './contract.ts';
import { MODULE, open } from './embedded-harness.ts';

backendContract('embedded', { place: tempDir, open, module: MODULE });
