// The section of the config of a dialect whose senders know only a key.
import { z } from 'zod';

/** Schema of a section that has nothing but a switch. @param name of the senders */
export function senderConfig(name: string) {
  return z
    .strictObject({ enabled: z.boolean().default(true).describe(`Whether senders of ${name} may send.`) })
    .prefault({})
    .describe(`${name}: sending with a key.`);
}
