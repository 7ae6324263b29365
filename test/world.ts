// Boots a whole relay on free ports with a data directory and a clock of its own, and gives a test helpers to reach it.
import type { Backend } from '../server/backends/backend.ts';
import { backends } from '../server/backends/index.ts';
import { systemClock } from '../server/base/clock.ts';
import { type Logger, silentLogger } from '../server/base/logger.ts';
import { type Relay, startRelay } from '../server/compose.ts';
import { configSchema } from '../server/config/schema.ts';
import { onCleanup } from './support/cleanup.ts';
import { type FakeClock, fakeClock } from './support/clock.ts';
import { RelayClient } from './support/relay-client.ts';
import { tempDir } from './support/temp-dir.ts';

export type { Answer, TestDevice } from './support/relay-client.ts';

/** The token of every world whose config has no other. */
export const TOKEN = 'test-token';

/** How this relay differs from one with the defaults. */
export interface WorldOptions {
  /** Keys as in config.json, in place of the defaults. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly logger?: Logger;
  /** Whether time passes by itself, as nodes that share a Redis need it. Nothing happens then when the clock is moved. */
  readonly realTime?: boolean;
  /** What the relay has of its backend in place of the embedded one's own. */
  readonly over?: (backend: Backend) => Partial<Backend>;
}

/** A running relay. */
export class World extends RelayClient {
  readonly clock: FakeClock = fakeClock();
  readonly dir: string;
  readonly #options: WorldOptions;
  #relay: Relay | undefined;

  constructor(dir: string, options: WorldOptions) {
    super(TOKEN);
    this.dir = dir;
    this.#options = options;
  }

  /** The relay itself. */
  get relay(): Relay {
    if (this.#relay === undefined) throw new Error('the relay is not running');
    return this.#relay;
  }

  get ports(): Relay['ports'] {
    return this.relay.ports;
  }

  /** Starts the relay on its data directory. After `stop`, it finds there what it left. */
  async start(): Promise<void> {
    const { storage, http, ...rest } = (this.#options.config ?? {}) as Record<string, object>;
    const config = configSchema.parse({
      token: TOKEN,
      ...rest,
      http: { host: '127.0.0.1', port: 0, ...http },
      storage: { dir: this.dir, ...storage },
    });
    const { logger = silentLogger, over, realTime = false } = this.#options;
    const clock = realTime ? systemClock : this.clock;
    const own = { dir: config.storage.dir, messageTtl: config.storage.ttl, clock, logger };
    const backend = over === undefined ? undefined : await backends.embedded(own);
    this.#relay = await startRelay({
      config,
      clock,
      // Moving the clock by hand moves this too; setting it does not.
      boot: { id: 'the boot of this test', running: clock.monotonic },
      logger,
      version: '0.0.0-test',
      ...(backend === undefined ? {} : { backend: { ...backend, ...over?.(backend) } }),
    });
  }

  /** Closes the relay cleanly. */
  async stop(): Promise<void> {
    const relay = this.#relay;
    this.#relay = undefined;
    await relay?.close();
  }
}

/** A running relay that is stopped after the test. */
export async function world(options: WorldOptions = {}): Promise<World> {
  const made = new World(await tempDir(), options);
  onCleanup(() => made.stop());
  await made.start();
  return made;
}
