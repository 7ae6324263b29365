// The section `ntfy` of the config.
import { z } from 'zod';
import { whole } from '../../config/config-fields.ts';

/** Schema of the section. Sizes in bytes. */
export const ntfyConfig = z
  .strictObject({
    enabled: z.boolean().default(true).describe("Whether ntfy's programs may publish and subscribe here."),
    messageSizeLimit: whole(
      'Longest text of a message of ntfy, in bytes. A longer one becomes a file.',
      4096,
      256,
      65_536,
    ),
  })
  .prefault({})
  .describe('ntfy: publishing to `/<topic>`, and reading `/<topic>/json`, `/sse`, `/raw` and `/ws`.');
