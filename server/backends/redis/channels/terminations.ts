// Orders to end the connections of a user, on every node. They are entries of the control log.
import { createListeners } from '../../../base/listeners.ts';
import type { Terminations } from '../../../channel/terminations.ts';
import { scripts } from '../scripts.ts';
import { entryText, parseEntry } from './entries.ts';
import type { ChannelPorts } from './ports.ts';

/** How long an order is kept for nodes that missed its entry, in ms. */
const KEPT = 600_000;

/** Makes the orders of one node. */
export function createRedisTerminations({ connection, keys, control, logger }: ChannelPorts): Terminations {
  const orders = createListeners<[appId: string, userId: string]>((error) =>
    logger.error({ err: error }, 'listener fault'),
  );

  control.onEntry(({ kind, name, value = '' }) => {
    if (kind === 'terminate') orders.tell(value, name);
  });
  // Which of them were missed is not known. A user who has come back since has to sign in once more.
  control.onMissed(async () => {
    for (const text of (await connection.send(['ZRANGE', keys.terminated, '0', '-1'])) as string[]) {
      const { app, name } = parseEntry(text);
      orders.tell(app, name);
    }
  });

  return {
    async order(app, name) {
      const text = entryText({ kind: 'u', app, name });
      await connection.runScript(scripts.terminate, [keys.control, keys.terminated], [app, name, text, KEPT]);
      await control.catchUp();
    },
    onOrder: (listener) => orders.add(listener),
  };
}
