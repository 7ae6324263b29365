// herald serve: loads the config, runs the relay, and shuts it down cleanly.
import { systemBoot } from '../base/boot.ts';
import { systemClock } from '../base/clock.ts';
import { version } from '../base/installation.ts';
import { createLogger, LOG_LEVELS } from '../base/logger.ts';
import { boundYoungGeneration } from '../base/young-generation.ts';
import { nodeName } from '../compose/node.ts';
import { startRelay } from '../compose.ts';
import { type Command, CommandError, type CommandIo, UsageError } from './command.ts';
import { greeting } from './greeting.ts';
import { configOption, loadLocalConfig } from './local-config.ts';
import { write } from './output.ts';

/** Longest time in ms that closing may take. After that, the process ends anyway. */
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
  help: `usage: herald [serve] [--config FILE] [--accept-loss]

Runs the relay until SIGTERM or SIGINT.

  --config FILE   the config; default ./config.json if it exists
  --accept-loss   start even if a file of the data directory is lost, with an empty one in its place

Environment variables can set every key too, such as HERALD_HTTP__PORT=8080 or HERALD_TOKEN_FILE=/run/secrets/token.
LOG_LEVEL is one of ${LOG_LEVELS.join(', ')}.
`,
  options: { ...configOption, 'accept-loss': { type: 'boolean' } },
  elsewhere: {
    port: 'set http.port in the config, or HERALD_HTTP__PORT',
    host: 'set http.host in the config, or HERALD_HTTP__HOST',
    'base-path': 'set http.basePath in the config, or HERALD_HTTP__BASE_PATH',
    'data-dir': 'set storage.dir in the config, or HERALD_STORAGE__DIR',
    data: 'set storage.dir in the config, or HERALD_STORAGE__DIR',
    dir: 'set storage.dir in the config, or HERALD_STORAGE__DIR',
    token: 'set token in the config, or HERALD_TOKEN or HERALD_TOKEN_FILE',
    'log-level': 'set LOG_LEVEL',
    verbose: 'set LOG_LEVEL=debug',
  },
  words: [],
  async run(parsed, io) {
    const plain = await createLogger(logLevel(io.env), io.stderr.isTTY === true);
    const { config, warnings } = await loadLocalConfig(parsed.value('config'), io);
    // The logs of several nodes may end up in one place.
    const logger = config.redis === undefined ? plain : plain.child({ node: nodeName(config) });
    for (const warning of warnings) logger.warn({}, warning);

    const relay = await startRelay({
      config,
      clock: systemClock,
      boot: systemBoot(),
      logger,
      version,
      acceptLoss: parsed.flag('accept-loss'),
    });
    // Not awaited, so that the relay works even if nothing reads its output.
    // systemd sets JOURNAL_STREAM. Many people may read its journal, so no secret goes there.
    const isJournal = io.env['JOURNAL_STREAM'] !== undefined;
    const shown = isJournal ? { ...relay, isTokenNew: false } : relay;
    greeting(shown, config, io.stdout.isTTY === true)
      .then((text) => write(io.stdout, text))
      .catch(() => {});
    logger.info({ ...relay.ports, version }, 'herald is ready');

    const endLooks = boundYoungGeneration(systemClock);
    if (!io.signal.aborted)
      await new Promise((resolve) => io.signal.addEventListener('abort', resolve, { once: true }));
    endLooks();
    logger.info({}, 'closing');
    await closeInTime(relay);
    logger.info({}, 'closed');
    return 0;
  },
};

/** @throws CommandError if the relay does not close in time. The process then ends, which loses no accepted message. */
async function closeInTime(relay: { close(): Promise<void> }): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new CommandError('closing took too long')), CLOSE_LIMIT);
  });
  try {
    await Promise.race([relay.close(), limit]);
  } finally {
    clearTimeout(timer);
  }
}
