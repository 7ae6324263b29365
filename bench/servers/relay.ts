// The processes under test, each under plain node. Not here: what drives them (clients/).
// This file: the relay, with its own storage or with storage switched off.
import { systemClock } from '../../server/base/clock.ts';
import { createLogger } from '../../server/base/logger.ts';
import { startRelay } from '../../server/compose.ts';
import { configSchema } from '../../server/config/schema.ts';
import { answerCalls } from '../support/calls.ts';
import { createMemoryBackend } from '../support/memory-backend.ts';
import { TOKEN } from '../support/message.ts';

answerCalls({
  /**
   * Starts the relay on a free port. Without a directory, it stores nothing.
   * @param sections more keys of the config
   */
  async start({ dir, sections = {} }: { dir?: string; sections?: object }): Promise<number> {
    const config = configSchema.parse({
      ...sections,
      token: TOKEN,
      http: { host: '127.0.0.1', port: 0 },
      ...(dir === undefined ? {} : { storage: { dir } }),
    });
    const relay = await startRelay({
      config,
      clock: systemClock,
      logger: await createLogger('warn', false),
      version: 'bench',
      ...(dir === undefined ? { backend: createMemoryBackend() } : {}),
    });
    return relay.ports.http;
  },
});
