// The processes under test, each under plain node. Not here: what drives them (clients/).
// This file: the relay with storage switched off, on the port in its arguments.
import { systemClock } from '../../server/base/clock.ts';
import { createLogger } from '../../server/base/logger.ts';
import { startRelay } from '../../server/compose.ts';
import { configSchema } from '../../server/config/schema.ts';
import { createMemoryBackend } from '../support/memory-backend.ts';
import { TOKEN } from '../support/message.ts';

const config = configSchema.parse({ token: TOKEN, http: { host: '127.0.0.1', port: Number(process.argv[2]) } });

await startRelay({
  config,
  clock: systemClock,
  logger: await createLogger('warn', false),
  version: 'bench',
  backend: createMemoryBackend(),
});
