// A browser's push subscription, checked before anything is encrypted for it.
import { createPublicKey } from 'node:crypto';
import { z } from 'zod';
import type { SubscriptionKeys } from './encrypt.ts';

/** Reads base64 in either alphabet, padded or not. */
const key = (bytes: number, what: string) =>
  z
    .string()
    .max(200)
    .regex(/^[\w+/-]+={0,2}$/, `${what} must be base64url`)
    .transform((text) => Buffer.from(text, 'base64'))
    .refine(({ length }) => length === bytes, `${what} must be ${bytes} bytes`);

const subscriptionSchema = z.object({
  endpoint: z
    .string()
    .max(2048, 'endpoint must be at most 2048 characters')
    .refine(isPlainHttps, 'endpoint must be an https URL without a user'),
  keys: z.object({
    auth: key(16, 'keys.auth'),
    p256dh: key(65, 'keys.p256dh').refine(isPoint, 'keys.p256dh must be a point of P-256'),
  }),
});

/** A subscription that was checked. */
export interface Subscription {
  readonly url: URL;
  readonly keys: SubscriptionKeys;
}

/** Reads the address of a route. `problem` says why it is not a subscription. */
export function readSubscription(
  address: unknown,
): { readonly subscription: Subscription } | { readonly subscription?: undefined; readonly problem: string } {
  const { data, error } = subscriptionSchema.safeParse(address);
  if (data === undefined) return { problem: error.issues[0]?.message ?? 'expected a push subscription' };
  return { subscription: { url: new URL(data.endpoint), keys: data.keys } };
}

function isPlainHttps(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return protocol === 'https:' && username === '' && password === '';
}

/** Whether these 65 bytes are an uncompressed point on the curve; encryption fails for any other. */
function isPoint(bytes: Buffer): boolean {
  if (bytes[0] !== 4) return false;
  const [x, y] = [bytes.subarray(1, 33).toString('base64url'), bytes.subarray(33).toString('base64url')];
  try {
    createPublicKey({ format: 'jwk', key: { kty: 'EC', crv: 'P-256', x, y } });
    return true;
  } catch {
    return false;
  }
}
