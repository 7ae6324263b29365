// Makes, takes in and shows keys for encrypted messages: as 24 words, or as text in a QR code.
import { entropyToMnemonic, mnemonicToEntropy } from '@scure/bip39';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import {
  fromBase64,
  importBarkKey,
  importSecret,
  newSecret,
  SECRET_BYTES,
  toBase64Url,
} from '../../../../shared/encrypted.ts';
import { fail } from '../relay/call.ts';
import type { ShownSecret, StoredSecret } from '../store/secrets.ts';

/** @throws ActionError without Web Crypto, which browsers have only over https and at localhost */
function requireCrypto(): void {
  if (!('subtle' in crypto) || crypto.subtle === undefined) throw fail('secrets.insecure');
}

/** Makes a key for messages to these devices and groups. @throws ActionError without Web Crypto */
export async function makeSecret(targets: readonly string[]): Promise<ShownSecret> {
  requireCrypto();
  const bytes = newSecret();
  return {
    secret: { kind: 'herald', targets, key: await importSecret(bytes) },
    words: entropyToMnemonic(bytes, wordlist),
    text: toBase64Url(bytes),
  };
}

function readSecret(text: string): Uint8Array | undefined {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length > 1) {
    try {
      return mnemonicToEntropy(words.join(' '), wordlist);
    } catch {
      return undefined;
    }
  }
  return fromBase64(text.trim());
}

/** Takes in a key: 24 words, its text, or a passphrase of Bark. @throws ActionError for anything else */
export async function takeSecret(text: string, targets: readonly string[]): Promise<StoredSecret> {
  requireCrypto();
  const bytes = readSecret(text);
  if (bytes?.length === SECRET_BYTES) return { kind: 'herald', targets, key: await importSecret(bytes) };
  const passphrase = text.trim();
  const bark = await importBarkKey(passphrase);
  if (bark === undefined) throw fail('secrets.unreadable');
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(`herald e2e bark ${passphrase}`));
  return { kind: 'bark', kid: toBase64Url(new Uint8Array(digest)).slice(0, 11), key: bark };
}
