// The ids of questions, and the last part of the address at which anybody who has it may answer one.
import { createHmac } from 'node:crypto';
import { sameBytes } from '../base/digest.ts';

/** The ids and addresses of one relay's questions. */
export interface AnswerIds {
  /** The id of the question with this number: 30 letters and digits. */
  idOf(number: string): string;
  /** The last part of the address of a question: 52 letters and digits. */
  tokenOf(id: string): string;
  /** The question of such an address; undefined for any other text. */
  idOfToken(token: string): string | undefined;
}

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** The length of an id. */
export const ID_LENGTH = 30;
const SIGNATURE_LENGTH = 22;
const TOKEN = new RegExp(`^[${DIGITS}]{${ID_LENGTH + SIGNATURE_LENGTH}}$`);

/** Letters and digits that nobody can make from the text without the secret. */
function sign(secret: string, text: string, length: number): string {
  let rest = BigInt(`0x${createHmac('sha512', secret).update(text).digest('hex')}`);
  let made = '';
  for (let count = 0; count < length; count += 1) {
    made += DIGITS.charAt(Number(rest % BigInt(DIGITS.length)));
    rest /= BigInt(DIGITS.length);
  }
  return made;
}

/** Makes them. @param secret the same on all nodes */
export function createAnswerIds(secret: string): AnswerIds {
  const tokenOf = (id: string) => id + sign(secret, `answer ${id}`, SIGNATURE_LENGTH);
  return {
    idOf: (number) => sign(secret, `question ${number}`, ID_LENGTH),
    tokenOf,
    idOfToken(token) {
      if (!TOKEN.test(token)) return undefined;
      const id = token.slice(0, ID_LENGTH);
      return sameBytes(Buffer.from(tokenOf(id)), Buffer.from(token)) ? id : undefined;
    },
  };
}
