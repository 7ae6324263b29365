// herald serve: loads the config, runs the relay, and ends it in order.
import { systemClock } from '../clock.ts';
import { startRelay } from '../compose.ts';
import { loadConfig } from '../config/load.ts';
import { createLogger, LOG_LEVELS } from '../logger.ts';
import { type Command, type CommandIo, UsageError } from './command.ts';
import { greeting } from './greeting.ts';
import { version } from './version.ts';

/** A relay that does not close within this time, in ms, is ended all the same. */
const CLOSE_LIMIT = 4500;

function logLevel(env: CommandIo['env']): string {
  const level = env['LOG_LEVEL'] ?? 'info';
  if (!LOG_LEVELS.some((known) => known === level)) {
    throw new UsageError([`LOG_LEVEL must be one of ${LOG_LEVELS.join(', ')}`]);
  }
  return level;
}

/** Runs the relay until a signal comes. */
export const serve: Command = {
  name: 'serve',
  summary: 'run the relay (the default)',
  help: `usage: herald [serve] [--config FILE]

Runs the relay until SIGTERM or SIGINT.

  --config FILE   the config; without it ./config.json, and without that the defaults

Every key can be set by an environment variable: HERALD_HTTP__PORT=8080, or HERALD_TOKEN_FILE=/run/secrets/token.
LOG_LEVEL is one of ${LOG_LEVELS.join(', ')}.
`,
  options: { config: { type: 'string' } },
  async run(parsed, io) {
    if (parsed.words.length > 0) throw new UsageError(parsed.words.map((word) => `unexpected ${word}`));
    const logger = createLogger(logLevel(io.env), io.stderr.isTTY === true);
    const { config, warnings } = loadConfig({ file: parsed.value('config'), env: io.env, cwd: io.cwd });
    for (const warning of warnings) logger.warn({}, warning);

    const relay = await startRelay({ config, clock: systemClock, logger, version });
    io.stdout.write(greeting(relay, config, io.stdout.isTTY === true));
    logger.info({ ...relay.ports, version }, 'herald is ready');

    if (!io.signal.aborted) await new Promise((resolve) => io.signal.addEventListener('abort', resolve));
    logger.info({}, 'closing');
    const limit = setTimeout(() => {
      logger.error({}, 'closing took too long');
      process.exit(1);
    }, CLOSE_LIMIT);
    await relay.close();
    clearTimeout(limit);
    logger.info({}, 'closed');
    return 0;
  },
};
