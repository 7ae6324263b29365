// A message as environment variables for the command of `listen --exec`.
import type { WireMessage } from '../../shared/message.ts';

/** Every variable that {@link messageVariables} may set. */
export const MESSAGE_VARIABLES: ReadonlySet<string> = new Set([
  'HERALD_MID',
  'HERALD_TEXT',
  'HERALD_DESP',
  'HERALD_TARGET',
  'HERALD_SEND_TYPE',
  'HERALD_FROM',
  'HERALD_EXTRA',
  'HERALD_MESSAGE',
]);

/** Linux refuses to start a program with a variable of 128 KiB or more. */
const MAX_BYTES = 100_000;

/**
 * The values by variable. A value that is too long for the system is left out, and NUL characters are removed, because
 * variables cannot hold them. The message on standard input is always complete.
 */
export function messageVariables(message: WireMessage): Record<string, string> {
  const values = {
    HERALD_MID: message.mid,
    HERALD_TEXT: message.message.text,
    HERALD_DESP: message.message.desp,
    HERALD_TARGET: message.target,
    HERALD_SEND_TYPE: message.sendType,
    HERALD_FROM: message.from.name,
    HERALD_EXTRA: JSON.stringify(message.message.extra),
    HERALD_MESSAGE: JSON.stringify(message),
  };
  return Object.fromEntries(
    Object.entries(values)
      .map(([name, value]) => [name, value.replaceAll('\0', '')] as const)
      .filter(([, value]) => Buffer.byteLength(value) <= MAX_BYTES),
  );
}
