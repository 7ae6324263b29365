// The logger as a port, and its implementation with pino. Never log a token. Never log a message body above debug.
import { destination, type Logger as PinoLogger, pino, stdTimeFunctions } from 'pino';

/** How every part logs: facts first, then a short sentence. */
export interface Logger {
  debug(facts: object, text: string): void;
  info(facts: object, text: string): void;
  warn(facts: object, text: string): void;
  error(facts: object, text: string): void;
}

/** Levels that the environment variable `LOG_LEVEL` may name. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** Logs to standard error: pretty on a terminal, one JSON object per line otherwise. */
export async function createLogger(level: string, terminal: boolean): Promise<PinoLogger> {
  const options = { level, timestamp: stdTimeFunctions.isoTime, base: null };
  if (!terminal) return pino(options, destination({ dest: 2, sync: true }));
  // Loaded only here: a relay that runs as a service has no terminal and does not need it.
  const { default: pretty } = await import('pino-pretty');
  return pino(options, pretty({ colorize: true, translateTime: 'SYS:HH:MM:ss', destination: 2, sync: true }));
}

/** Discards everything. */
export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
};
