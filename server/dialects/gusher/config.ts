// The config section of gusher. Without it the dialect is off.
import { z } from 'zod';
import { duration, whole } from '../../config/config-fields.ts';

/** Schema of the `gusher` section. */
export const gusherConfig = z
  .strictObject({
    account: z
      .string()
      .regex(/^[^:\p{Cc}]{1,255}$/u, 'expected 1 to 255 characters without ":"')
      .describe('Account of the super admin, who registers apps.'),
    password: z.string().min(1).max(4096).meta({
      description: 'Its password, in plain text or as `gusher init` wrote it.',
      writeOnly: true,
    }),
    hookTimeout: duration('How long a connect hook may take.', 5000, 100),
    maxWaitHook: whole('How many connect hooks may run at once. More sockets wait in a queue.', 100, 1, 10_000),
    maxApps: whole('How many apps may be registered.', 10_000, 1, 1_000_000),
  })
  .optional()
  .describe(
    'gusher: sockets with tags at `/ws/<app>/<user_tag>`, pushes at `/api/push/<app>`. Off without this section.',
  );

/** The section when it is present. */
export type GusherConfig = NonNullable<z.output<typeof gusherConfig>>;
