// Opens the files of a relay, and makes sure that nodes share one folder.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Backend } from '../backends/backend.ts';
import type { Clock } from '../base/clock.ts';
import { diskErrorOf } from '../base/disk-error.ts';
import { RelayError } from '../base/errors.ts';
import { flushName, isMissing, writeFlushed } from '../base/files.ts';
import type { Logger } from '../base/logger.ts';
import type { Config } from '../config/schema.ts';
import { type Attachments, createAttachments } from '../messages/attachments/attachments.ts';
import { randomKey } from './secrets.ts';

/** What the files need. */
export interface AttachmentsParts {
  readonly backend: Pick<Backend, 'secrets' | 'nodes' | 'ownership'>;
  readonly config: Pick<Config, 'attachments' | 'storage'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The file that shows whether two nodes have the same folder. */
const MARKER = 'herald-folder';

async function readMarker(file: string): Promise<string | undefined> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/**
 * Compares the text in the folder with the one that all nodes of a backend know. The first node writes it, and so does a node
 * that has no others beside it, because the folder may be a new one.
 */
async function requireShared(dir: string, { secrets, nodes }: AttachmentsParts['backend']): Promise<void> {
  const file = join(dir, MARKER);
  let isFirst = false;
  const marker = await secrets.get('attachmentsFolder', () => {
    isFirst = true;
    return randomKey(16)();
  });
  const found = await readMarker(file);
  if (found === marker) return;
  if (!isFirst && nodes.count() > 1) {
    const remedy = 'set attachments.dir to a folder that all nodes share';
    throw new RelayError('invalid', `the files in ${dir} are not those of the other nodes; ${remedy}`);
  }
  await writeFlushed(file, `${marker}\n`);
  await flushName(file);
}

/** Opens the files. Undefined if the relay takes none: `maxSize` is 0, or several nodes have no folder. */
export async function composeAttachments(parts: AttachmentsParts): Promise<Attachments | undefined> {
  const { backend, config, clock, logger } = parts;
  const { isShared } = backend.ownership;
  const { dir = isShared ? undefined : join(config.storage.dir, 'attachments'), ...bounds } = config.attachments;
  if (dir === undefined || bounds.maxSize === 0) return undefined;
  try {
    const attachments = await createAttachments({ dir, bounds, isShared, clock, logger });
    if (isShared) await requireShared(dir, backend);
    return attachments;
  } catch (error) {
    const disk = diskErrorOf(error);
    if (disk === undefined) throw error;
    throw new RelayError('invalid', `attachments.dir ${dir} cannot be used: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
