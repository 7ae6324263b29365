// The section of the config for files that belong to messages.
import { z } from 'zod';
import { duration, whole } from './config-fields.ts';

const MIB = 2 ** 20;
const DAY = 24 * 3_600_000;
const CENTURY = 36_525 * DAY;
const MOST = 2 ** 50;

/** Bounds of files. */
export const attachmentsConfig = z
  .strictObject({
    dir: z.string().min(1).max(4096).optional().meta({
      description:
        'Folder of the files, relative to the config file. By default `attachments` in `storage.dir`. With `redis` there is no default: set it to a folder that all nodes share.',
      'x-path': true,
    }),
    maxSize: whole('Bytes of the longest file. `0`: the relay takes none.', 15 * MIB, 0, MOST),
    totalSize: whole('Bytes of all files. The oldest are removed first.', 1024 * MIB, MIB, MOST),
    perKey: whole(
      'Bytes of all files that one key or device has sent. The token of the relay has no such limit.',
      256 * MIB,
      MIB,
      MOST,
    ),
    maxUploads: whole('Files that may be on their way at once. As many may wait.', 16, 1, 10_000),
    ttl: duration('How long a file is kept: 7 days.', 7 * DAY, 1000, CENTURY),
  })
  .prefault({})
  .describe('Files that belong to messages.');
