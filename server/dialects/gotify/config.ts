// The section `gotify` of the config.
import { z } from 'zod';
import { duration } from '../../config/config-fields.ts';

/** Schema of the section. Times in ms. */
export const gotifyConfig = z
  .strictObject({
    enabled: z.boolean().default(true).describe("Whether Gotify's programs may send and receive here."),
    backlogDelay: duration(
      'How long a client of Gotify that connects gets nothing, unless it reads its messages before. What it reads does not ring again.',
      2000,
      0,
      60_000,
    ),
  })
  .prefault({})
  .describe('Gotify: sending to `/message`, and receiving from `/stream`.');
