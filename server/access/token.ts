// Who may do what: the shared token, the tokens that devices get, and how wrong ones are slowed down.
// Not here: what a refusal looks like on a wire; HTTP and each dialect own a table for that.
import { hash, randomBytes, timingSafeEqual } from 'node:crypto';

/** Tells the shared token from everything else. */
export interface TokenCheck {
  /**
   * True for the exact token alone, also as a header shows it: there Node reads each byte of curl's UTF-8 as a character.
   * Takes the same time whatever the two have in common.
   */
  matches(given: string | undefined): boolean;
}

/** @param token the relay's shared token; an empty one is a bug of the caller, since it would let everybody in. */
export function createTokenCheck(token: string): TokenCheck {
  if (token === '') throw new Error('the shared token is empty');
  // Comparing digests of what nobody can foresee hides the length and the common start of the two texts. The key is of one
  // length and no digest is shown, so that a plain hash does what an HMAC would at three times its price.
  const key = randomBytes(32).toString('hex');
  const digest = (text: string): Buffer => hash('sha256', key + text, 'buffer');
  const expected = digest(token);
  const expectedInHeader = digest(Buffer.from(token).toString('latin1'));
  return {
    matches(given) {
      if (given === undefined) return false;
      const shown = digest(given);
      const [plain, inHeader] = [timingSafeEqual(shown, expected), timingSafeEqual(shown, expectedInHeader)];
      return plain || inHeader;
    },
  };
}
