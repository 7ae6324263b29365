// One relay for all tests of a suite. For tables whose cases leave nothing behind that another case could notice.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { World, type WorldOptions } from '../world.ts';

/** Runs a relay for the whole suite that is being described. The returned function gives it to a test. */
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
