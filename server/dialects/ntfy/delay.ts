// When a delayed message is due: Unix seconds, a duration, English, or ISO 8601.
import { ownTimeZone, readMoment, readPeriod } from '../../messages/when.ts';
import { NtfyError } from './errors.ts';

const SECOND = 1000;
const LEAST = 10 * SECOND;
const MOST = 3 * 24 * 3_600_000;

/**
 * Reads a delay.
 * @param now ms since 1970
 * @returns ms since 1970
 * @throws NtfyError 40004 for what is no time or one that has passed, 40005 and 40006 for one that is too near or too far
 */
export function readDelay(text: string, now: number): number {
  // A duration below zero is one that is too short.
  if (text.startsWith('-') && readPeriod(text.slice(1)) !== undefined) throw new NtfyError(40005);
  const dueAt = readMoment(text, { now, tz: ownTimeZone() });
  if (dueAt === undefined || dueAt < now) throw new NtfyError(40004);
  if (dueAt < now + LEAST) throw new NtfyError(40005);
  if (dueAt > now + MOST) throw new NtfyError(40006);
  return dueAt;
}
