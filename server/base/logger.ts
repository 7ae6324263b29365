// Ground floor: the logger as a port and its pino implementation. Never log a token, nor a message body above debug.
import { destination, type Logger as PinoLogger, pino, stdTimeFunctions } from 'pino';

/** What a part needs in order to log: facts first, then a short sentence. */
export interface Logger {
  debug(facts: object, text: string): void;
  info(facts: object, text: string): void;
  warn(facts: object, text: string): void;
  error(facts: object, text: string): void;
}

/** Levels that `LOG_LEVEL` may name. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** Logs to standard error: pretty on a terminal, one JSON object per line otherwise. */
export async function createLogger(level: string, terminal: boolean): Promise<PinoLogger> {
  const options = { level, timestamp: stdTimeFunctions.isoTime, base: null };
  if (!terminal) return pino(options, destination({ dest: 2, sync: true }));
  // Loaded here alone: a relay that runs as a service has no terminal, and no use for it.
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
