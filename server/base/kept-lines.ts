// Keeps the warnings and errors of the log for people who look at the page, beside the log itself.
import { createListeners } from './listeners.ts';
import type { Logger } from './logger.ts';

/** A value of a line, as JSON has it. Longer texts are cut. */
export type LineValue = string | number | boolean | null;

/** A warning or an error. */
export interface LogLine {
  readonly level: 'warn' | 'error';
  readonly text: string;
  readonly facts: Readonly<Record<string, LineValue>>;
}

/** A logger whose warnings and errors are told to listeners, too. */
export interface KeptLines {
  readonly logger: Logger;
  /** Calls the listener for each line from now on, and first for the last ones before. */
  onLine(listener: (line: LogLine) => void): void;
}

/** How many lines wait for the first listener. */
const MAX_EARLY = 100;
const MAX_FACTS = 20;
const MAX_TEXT = 500;

/** Makes a value short and plain. Of errors it has what people read; their stacks are only in the log. */
function plain(value: unknown): LineValue {
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return value;
  const text = value instanceof Error ? errorText(value) : typeof value === 'string' ? value : toJson(value);
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
}

function errorText(error: Error): string {
  const { message, cause } = error;
  return cause instanceof Error && cause.message !== message ? `${message}: ${cause.message}` : message;
}

function toJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}

function factsOf(facts: object): LogLine['facts'] {
  const entries = Object.entries(facts).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries.slice(0, MAX_FACTS).map(([name, value]) => [name, plain(value)]));
}

/** Wraps a logger. Lines below a warning cost nothing more. */
export function keepLines(logger: Logger): KeptLines {
  // Its own faults must not become lines: they would call the listener again.
  const listeners = createListeners<[line: LogLine]>(() => {});
  let early: LogLine[] | undefined = [];

  function keep(level: LogLine['level'], facts: object, text: string): void {
    const line = { level, text, facts: factsOf(facts) };
    if (early === undefined) listeners.tell(line);
    else if (early.length < MAX_EARLY) early.push(line);
  }

  return {
    logger: {
      debug: (facts, text) => logger.debug(facts, text),
      info: (facts, text) => logger.info(facts, text),
      warn(facts, text) {
        logger.warn(facts, text);
        keep('warn', facts, text);
      },
      error(facts, text) {
        logger.error(facts, text);
        keep('error', facts, text);
      },
    },
    onLine(listener) {
      listeners.add(listener);
      for (const line of early ?? []) listeners.tell(line);
      early = undefined;
    },
  };
}
