// The outbound section of the config: what all requests of the relay share.
import { z } from 'zod';
import { whole } from '../config/config-fields.ts';

/** Schema of the `outbound` section. */
export const outboundConfig = z
  .strictObject({
    maxSockets: whole(
      'How many requests the relay makes at once, to webhooks, push services and hooks together. The number is lower where the system limits open files.',
      256,
      1,
      65_536,
    ),
  })
  .prefault({})
  .describe('Requests that the relay sends.');
