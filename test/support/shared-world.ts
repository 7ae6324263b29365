// One relay for the tests of a suite: for tables whose cases leave nothing behind that another could notice.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { World, type WorldOptions } from '../world.ts';

/** Has a relay run for the suite that is being described; the function gives it to a test. */
export function sharedWorld(options: WorldOptions = {}): () => World {
  let relay: World | undefined;
  before(async () => {
    relay = new World(await mkdtemp(join(tmpdir(), 'herald-test-')), options);
    await relay.start();
  });
  after(async () => {
    await relay?.stop();
    if (relay !== undefined) await rm(relay.dir, { recursive: true, force: true });
  });
  return () => {
    if (relay === undefined) throw new Error('the suite has not begun');
    return relay;
  };
}
