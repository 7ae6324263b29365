// herald serve: loads the config, runs the relay, and shuts it down cleanly.
import { systemBoot } from '../base/boot.ts';
import { systemClock } from '../base/clock.ts';
import { version } from '../base/installation.ts';
import { createLogger, LOG_LEVELS } from '../base/logger.ts';
import { boundYoungGeneration } from '../base/young-generation.ts';
import { nodeName } from '../compose/node.ts';
import { startRelay } from '../compose.ts';
import { variableLike, variableOf, variablesNamed } from '../config/options.ts';
import { type Command, CommandError, type CommandIo, UsageError } from './command.ts';
import { greeting } from './greeting.ts';
import { CONFIG_HELP, configOption, loadLocalConfig } from './local-config.ts';
import { jsonLine, write } from './output.ts';
import { shellOf } from './shell.ts';

/** Longest time in ms that closing may take. After that, the process ends anyway. */
const CLOSE_LIMIT = 4500;

function logLevel(env: CommandIo['env']): string {
  const level = env['LOG_LEVEL'] ?? 'info';
  if (!LOG_LEVELS.some((known) => known === level)) {
    throw new UsageError([`LOG_LEVEL must be one of ${LOG_LEVELS.join(', ')}`]);
  }
  return level;
}

const isPort = (text: string) => /^\d{1,5}$/.test(text) && Number(text) < 65_536;

/** Runs the relay until a signal comes. */
export const serve: Command = {
  help: `usage: herald [serve] [OPTIONS]

Runs the relay until SIGTERM or SIGINT.

  --port PORT     the port to listen on; default 9093, and 0 picks a free one
  --host HOST     the address to listen on; default all interfaces
  --token-file FILE
                  the file with the token; by default the relay makes one at its first start
${CONFIG_HELP}  --accept-loss   start even if a file of the data directory is lost, with an empty one in its place
  --json          print {"http": ..., "websocket": ..., "version": ...}, with its ports, in place of the greeting

Environment variables can set every key of the config, such as HERALD_HTTP__WAIT_TIMEOUT=8000. They outrank the file,
and options outrank them. The data directory of a service is the one that systemd names in STATE_DIRECTORY.
LOG_LEVEL is one of ${LOG_LEVELS.join(', ')}.
`,
  options: {
    ...configOption,
    port: { type: 'string', expectation: (value) => (isPort(value) ? undefined : 'a number from 0 to 65535') },
    host: { type: 'string' },
    'token-file': { type: 'string', expectation: (value) => (value === '' ? 'a file' : undefined) },
    'accept-loss': { type: 'boolean' },
    json: { type: 'boolean' },
  },
  elsewhere: {
    data: 'use --data-dir, or HERALD_STORAGE__DIR',
    dir: 'use --data-dir, or HERALD_STORAGE__DIR',
    token: 'use --token-file, or HERALD_TOKEN or HERALD_TOKEN_FILE',
    'log-level': 'set LOG_LEVEL',
    verbose: 'set LOG_LEVEL=debug',
  },
  otherwise(name, meant) {
    const named = variablesNamed(name);
    if (named.length > 0) return `set ${named.join(' or ')}, or the same in the config`;
    if (meant === undefined) {
      const like = variableLike(name);
      return like === undefined ? undefined : `did you mean the variable ${like}?`;
    }
    const variable = variableOf(meant);
    return variable === undefined ? undefined : `did you mean --${meant}, or the variable ${variable}?`;
  },
  words: [],
  async run(parsed, io) {
    const plain = await createLogger(logLevel(io.env), io.stderr.isTTY === true);
    const { config, warnings } = await loadLocalConfig(parsed, io, {
      port: parsed.value('port'),
      host: parsed.value('host'),
      'token-file': parsed.value('token-file'),
    });
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
    const text = parsed.flag('json')
      ? Promise.resolve(jsonLine({ ...relay.ports, version }))
      : greeting(shown, config, io.stdout.isTTY === true, shellOf(process.platform, io.env));
    text.then((written) => write(io.stdout, written)).catch(() => {});
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
