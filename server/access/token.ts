// One fixed secret, such as the relay's token, and who shows it.
import { createBlindDigest, sameBytes } from '../base/digest.ts';
import { RelayError } from '../base/errors.ts';
import type { Source, Throttle } from './throttle.ts';

/** Tells the secret from everything else. */
export interface TokenCheck {
  /**
   * True for the exact secret only, also as a header shows it: there Node reads each byte of curl's UTF-8 as a character.
   * Takes the same time whatever the two have in common.
   */
  matches(given: string | undefined): boolean;
}

/** @param token the secret; an empty one is a bug of the caller, since it would let everybody in */
export function createTokenCheck(token: string): TokenCheck {
  if (token === '') throw new Error('the shared token is empty');
  const digest = createBlindDigest();
  const expected = digest(token);
  const expectedInHeader = digest(Buffer.from(token).toString('latin1'));
  return {
    matches(given) {
      if (given === undefined) return false;
      const shown = digest(given);
      const [plain, inHeader] = [sameBytes(shown, expected), sameBytes(shown, expectedInHeader)];
      return plain || inHeader;
    },
  };
}

/**
 * Lets those in who show one secret, and counts wrong ones.
 * @throws RelayError `unauthorized` with the given text, or `too_many`
 */
export type TokenGuard = (shown: string | undefined, source: Source, refusal: string) => void;

/** Makes the guard of a secret that is not the relay's token, such as the one of the metrics. */
export function createTokenGuard(token: string, throttle: Throttle): TokenGuard {
  const check = createTokenCheck(token);
  return (shown, source, text) => {
    if (check.matches(shown)) return;
    const refusal = new RelayError('unauthorized', text);
    throw shown === undefined || shown === '' ? refusal : throttle.begin(shown, source).wrong(refusal);
  };
}
