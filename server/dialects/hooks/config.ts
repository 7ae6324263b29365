// The section `senderHooks` of the config.
import { z } from 'zod';

/** Schema of the section. */
export const senderHooksConfig = z
  .strictObject({
    enabled: z.boolean().default(true).describe('Whether webhooks of other programs are taken.'),
  })
  .prefault({})
  .describe('Webhooks of monitors, forges and tools at `/hook/<key>` and `/<name>.hook`.');
