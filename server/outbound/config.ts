// The outbound section of the config: what all requests of the relay share.
import { z } from 'zod';
import { whole } from '../config/config-fields.ts';

/** Schema of the `outbound` section. */
export const outboundConfig = z
  .strictObject({
    maxSockets: whole(
      'The most requests under way, to webhooks, push services and hooks together; fewer if the system limits open files.',
      256,
      1,
      65_536,
    ),
  })
  .prefault({})
  .describe('Requests that the relay sends.');
