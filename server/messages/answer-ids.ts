// The ids of questions, and the last part of the address at which anybody who has it may answer one.
import { hmacLetters, sameDigest } from '../base/hmac.ts';

/** The ids and addresses of one relay's questions. */
export interface AnswerIds {
  /** The id of the question with this number: 30 letters and digits. */
  idOf(number: string): string;
  /** The last part of the address of a question: 52 letters and digits. */
  tokenOf(id: string): string;
  /** The question of such an address; undefined for any other text. */
  idOfToken(token: string): string | undefined;
}

/** The length of an id. */
export const ID_LENGTH = 30;
const SIGNATURE_LENGTH = 22;
const TOKEN = new RegExp(`^[0-9A-Za-z]{${ID_LENGTH + SIGNATURE_LENGTH}}$`);

/** Makes them. @param secret the same on all nodes */
export function createAnswerIds(secret: string): AnswerIds {
  const tokenOf = (id: string) => id + hmacLetters(secret, `answer ${id}`, SIGNATURE_LENGTH);
  return {
    idOf: (number) => hmacLetters(secret, `question ${number}`, ID_LENGTH),
    tokenOf,
    idOfToken(token) {
      if (!TOKEN.test(token)) return undefined;
      const id = token.slice(0, ID_LENGTH);
      return sameDigest(tokenOf(id), token) ? id : undefined;
    },
  };
}
