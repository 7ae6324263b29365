// The public ids of messages: 12 characters that contain the mid, so that no table is needed.
import { createHmac } from 'node:crypto';

/** Turns mids into ids and back. */
export interface MessageIds {
  idOf(mid: string): string;
  /** The mid in an id of this relay; undefined for any other text. */
  midOf(id: string): string | undefined;
}

/** In ASCII order, so that ids sort like their mids. */
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const BASE = DIGITS.length;
/** Enough for every mid until the year 8888. */
const MID_LENGTH = 8;
const CHECK_LENGTH = 4;
const CHECKS = BASE ** CHECK_LENGTH;
const ID = /^[0-9A-Za-z]{12}$/;

function write(value: number, length: number): string {
  let text = '';
  let rest = value;
  for (let count = 0; count < length; count += 1) {
    text = DIGITS.charAt(rest % BASE) + text;
    rest = Math.floor(rest / BASE);
  }
  return text;
}

/** @param secret signs the check characters, so that no one else can make an id or guess the next one */
export function createMessageIds(secret: string): MessageIds {
  function idOf(mid: string): string {
    const check = createHmac('sha256', secret).update(mid).digest().readUInt32BE(0) % CHECKS;
    return write(Number(mid), MID_LENGTH) + write(check, CHECK_LENGTH);
  }
  return {
    idOf,
    midOf(id) {
      if (!ID.test(id)) return undefined;
      let mid = 0;
      for (const digit of id.slice(0, MID_LENGTH)) mid = mid * BASE + DIGITS.indexOf(digit);
      const text = String(mid);
      return idOf(text) === id ? text : undefined;
    },
  };
}
