// The fcm section of the config: its schema and the type that comes out of it. Nothing is sent here.
import { z } from 'zod';
import { duration, httpUrl, proxy } from '../../config/config-fields.ts';

const clientValue = (text: string) => z.string().max(1024).default('').describe(text);

const serviceAccount = z
  .union(
    [z.string().min(1).max(4096), z.object({ client_email: z.string(), private_key: z.string() }).catchall(z.string())],
    { error: 'expected the path of a key file, or its content with client_email and private_key' },
  )
  .optional()
  .meta({
    description: 'Key of the Google service account: a path, or the content as an object. Without it, FCM is off.',
    writeOnly: true,
    'x-path': true,
  });

/** Schema of the `fcm` section. */
export const fcmConfig = z
  .strictObject({
    projectId: clientValue(
      'Firebase project of the app, which gets it from the relay. If empty, the relay uses the project in the service account key.',
    ),
    applicationId: clientValue('Application ID of the app, which gets it from the relay.'),
    apiKey: clientValue('API key of the app, which gets it from the relay.'),
    proxy: proxy('Proxy to FCM.'),
    retryTimeout: duration(
      'Pause before a failed attempt is repeated, for the first three times. Then the pause doubles, up to ten minutes.',
      10_000,
      5000,
    ),
    serviceAccount,
    endpoint: httpUrl('Address of FCM.').default('https://fcm.googleapis.com'),
  })
  .prefault({})
  .describe('Push to native apps over Firebase Cloud Messaging.');

/** The fcm section, durations in ms. */
export type FcmConfig = z.output<typeof fcmConfig>;
