// Reads and checks the key of the Google service account. This happens at start, so that a broken key is found early.
import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { RelayError } from '../../base/errors.ts';
import type { FcmConfig } from './config.ts';

/** Where Google issues access tokens, unless the key file names another address. */
const TOKEN_URI = 'https://oauth2.googleapis.com/token';

const MIN_BITS = 2048;

const keyFile = z.object({
  client_email: z.string().min(1, 'expected the e-mail address of the account'),
  private_key: z
    .string()
    // Line breaks are often escaped in environment variables.
    .transform((text) => text.replaceAll('\\n', '\n'))
    .refine(isRsaKey, 'expected an RSA key in PEM')
    // Shorter keys cannot sign with RS256 (RFC 7518, section 3.3).
    .refine((text) => !isRsaKey(text) || bitsOf(text) >= MIN_BITS, `expected a key of at least ${MIN_BITS} bits`),
  project_id: z.string().optional(),
  token_uri: z.url({ protocol: /^https?$/, error: 'expected an http or https URL' }).default(TOKEN_URI),
});

/** A usable service account. */
export interface ServiceAccount {
  readonly email: string;
  /** PEM. */
  readonly privateKey: string;
  readonly tokenUri: URL;
  readonly projectId: string;
}

/** @throws RelayError `invalid` that says in one line what is wrong, without any part of the key */
export function readServiceAccount({
  serviceAccount,
  projectId,
}: Pick<FcmConfig, 'serviceAccount' | 'projectId'>): ServiceAccount {
  const { data, error } = keyFile.safeParse(
    typeof serviceAccount === 'string' ? readJsonFile(serviceAccount) : serviceAccount,
  );
  if (data === undefined) {
    const problems = error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw broken(`expected the key of a Google service account; ${problems.join('; ')}`);
  }
  const project = projectId === '' ? data.project_id : projectId;
  if (project === undefined || project === '') throw broken('the key names no project; set fcm.projectId');
  return {
    email: data.client_email,
    privateKey: data.private_key,
    tokenUri: new URL(data.token_uri),
    projectId: project,
  };
}

function readJsonFile(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : 'unreadable';
    throw broken(`${path} cannot be read (${code})`, error);
  }
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message would quote the file.
    throw broken(`${path} is not JSON`);
  }
}

function broken(text: string, cause?: unknown): RelayError {
  return new RelayError('invalid', `fcm.serviceAccount: ${text}`, { cause });
}

function bitsOf(text: string): number {
  return createPrivateKey(text).asymmetricKeyDetails?.modulusLength ?? 0;
}

function isRsaKey(text: string): boolean {
  try {
    return createPrivateKey(text).asymmetricKeyType === 'rsa';
  } catch {
    return false;
  }
}
