// A logger that keeps its lines.
import type { Logger } from '../../server/base/logger.ts';

/** One line of the log. */
export interface LogLine {
  readonly level: keyof Logger;
  readonly text: string;
  readonly facts: object;
}

/** Makes a recording logger. `lines` has the oldest first. */
export function recordingLogger(): { readonly logger: Logger; readonly lines: LogLine[] } {
  const lines: LogLine[] = [];
  const at = (level: keyof Logger) => (facts: object, text: string) => void lines.push({ level, text, facts });
  return { lines, logger: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') } };
}
