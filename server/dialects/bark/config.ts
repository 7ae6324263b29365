// The section `bark` of the config.
import { z } from 'zod';

/** Schema of the section. */
export const barkConfig = z
  .strictObject({
    enabled: z.boolean().default(true).describe("Whether Bark's senders may send here."),
  })
  .prefault({})
  .describe('Bark: sending to `/<key>/<title>/<body>` and `/push`.');
