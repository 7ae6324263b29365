// The outbound section of the config: what all requests of the relay share.
import { z } from 'zod';
import { whole } from '../config/config-fields.ts';

/** Schema of the `outbound` section. */
export const outboundConfig = z
  .strictObject({
    maxSockets: whole(
      'Requests under way at once, to webhooks, push services and hooks together; fewer where the system limits open files.',
      256,
      1,
      65_536,
    ),
  })
  .prefault({})
  .describe('Requests that the relay makes.');
