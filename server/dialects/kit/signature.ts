// Checks that a webhook comes from who knows the secret of the key, with the header that its program sends.
import { createHmac } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { readBasic } from '../../access/credentials.ts';
import type { Principal } from '../../access/principal.ts';
import { createBlindDigest, sameBytes } from '../../base/digest.ts';
import { RelayError } from '../../base/errors.ts';

/** What is checked. */
interface Signed {
  readonly headers: IncomingHttpHeaders;
  /** What the signature may cover: the body as it came, or the JSON in a form. */
  readonly texts: readonly (string | Buffer)[];
  /** In ms since 1970. */
  readonly now: number;
}

type Proof = (shown: string, secret: string, signed: Signed) => boolean;

/** How old a signature with a time may be, in s. */
const MAX_AGE = 300;

const digest = createBlindDigest();

function same(one: string, other: string): boolean {
  return sameBytes(digest(one), digest(other));
}

function hexOf(secret: string, ...parts: readonly (string | Buffer)[]): string {
  const hmac = createHmac('sha256', secret);
  for (const part of parts) hmac.update(part);
  return hmac.digest('hex');
}

/** A signature in hexadecimal after a prefix. */
function hex(prefix: string): Proof {
  return (shown, secret, { texts }) =>
    shown.startsWith(prefix) &&
    texts.some((text) => same(shown.slice(prefix.length).toLowerCase(), hexOf(secret, text)));
}

const grafana: Proof = (shown, secret, signed) => {
  const time = signed.headers['x-grafana-alerting-timestamp'];
  if (time === undefined) return hex('')(shown, secret, signed);
  const age = Math.abs(signed.now / 1000 - Number(time));
  // A time that is no number has no age.
  return age <= MAX_AGE && signed.texts.some((text) => same(shown.toLowerCase(), hexOf(secret, `${time}:`, text)));
};

const authorization: Proof = (shown, secret) => {
  const [, scheme = '', rest = ''] = /^(\w+) +(.*)$/s.exec(shown) ?? [];
  if (scheme.toLowerCase() === 'bearer') return same(rest, secret);
  const password = scheme.toLowerCase() === 'basic' ? readBasic(rest)?.password : undefined;
  return password !== undefined && same(password, secret);
};

/** The first header that a request has decides. */
const PROOFS: readonly (readonly [header: string, proof: Proof])[] = [
  ['x-hub-signature-256', hex('sha256=')],
  ['x-gitea-signature', hex('')],
  ['x-forgejo-signature', hex('')],
  ['x-gogs-signature', hex('')],
  ['x-grafana-alerting-signature', grafana],
  ['sentry-hook-signature', hex('')],
  ['x-herald-signature', hex('sha256=')],
  ['x-gitlab-token', (shown, secret) => same(shown, secret)],
  ['authorization', authorization],
];

function isProven(secret: string, signed: Signed): boolean {
  const found = PROOFS.find(([header]) => signed.headers[header] !== undefined);
  return found?.[1](String(signed.headers[found[0]]), secret, signed) === true;
}

/** Checks that the sender of a webhook knows the secret of its key, if that has one. @throws RelayError `forbidden` */
export function requireProof({ key }: Pick<Principal, 'key'>, signed: Signed): void {
  const secret = key?.settings.secret;
  if (secret === undefined || isProven(secret, signed)) return;
  throw new RelayError('forbidden', 'signature');
}
