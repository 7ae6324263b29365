// Checks one fixed secret, such as the relay's token.
import { createBlindDigest, sameBytes } from '../base/digest.ts';
import { RelayError } from '../base/errors.ts';
import type { Source, Throttle } from './throttle.ts';

/** Compares credentials with the secret. */
export interface TokenCheck {
  /**
   * True only for the exact secret, or for its form in a header: Node reads each byte of curl's UTF-8 there as a character.
   * Takes the same time however much of the two is equal.
   */
  matches(given: string | undefined): boolean;
}

/** @param token the secret; an empty one is a bug of the caller, because it would let everyone in */
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
 * Lets only callers pass that show the secret, and counts wrong credentials.
 * @throws RelayError `unauthorized` with the given text, or `too_many`
 */
export type TokenGuard = (shown: string | undefined, source: Source, refusal: string) => void;

/** Makes the guard of a secret other than the relay's token, such as the token of the metrics. */
export function createTokenGuard(token: string, throttle: Throttle): TokenGuard {
  const check = createTokenCheck(token);
  return (shown, source, text) => {
    if (check.matches(shown)) return;
    const refusal = new RelayError('unauthorized', text);
    throw shown === undefined || shown === '' ? refusal : throttle.begin(shown, source).wrong(refusal);
  };
}
