// The one message that all benchmarks send, as large as a typical one.
import type { SendType, WireMessage } from '../../shared/message.ts';

/** The token of every relay in a benchmark. */
export const TOKEN = 'bench-token-of-a-usual-length';

const TEXT = 'The.nightly.backup.of.kooritea.has.finished.in.12m30s.'.padEnd(200, 'x');

/** Path and query of a send. @param length characters of its text, at most 200 */
export function sendPath(target: string, sendType: SendType, length = TEXT.length): string {
  return `/${target}.${sendType === 'personal' ? 'send' : 'group'}?text=${TEXT.slice(0, length)}`;
}

/** The message that the relay makes from such a send. */
export function messageTo(target: string, sendType: SendType, mid: string): WireMessage {
  return {
    sendType,
    target,
    from: { method: 'http', name: '' },
    message: { text: TEXT, desp: '', extra: {} },
    mid,
  };
}
