// Answers to requests that may be repeated, on any node. A claim is an empty value, which a dead node leaves for a while.
import { ANSWER_BOUNDS, type AnswerStore } from '../../../access/guards.ts';
import { sha256 } from '../../../base/digest.ts';
import { scripts } from '../scripts.ts';
import type { GuardPorts } from './ports.ts';

/** How long a claim stands, in ms. It is longer than any request that is claimed. */
const CLAIM_MS = 120_000;
/** The most answers that are dropped at once. */
const PAGE = 500;

/** Makes the store. */
export function createRedisAnswers({ connection, keys }: Pick<GuardPorts, 'connection' | 'keys'>): AnswerStore {
  const { send } = connection;
  const nameOf = (request: string) => sha256(request).toString('base64url');
  const keyOf = (app: string, request: string) => keys.idempotency(app, nameOf(request));

  return {
    async claim(app, request) {
      const key = keyOf(app, request);
      const [claimed, found] = await Promise.all([
        send(['SET', key, '', 'NX', 'PX', String(CLAIM_MS)]),
        send(['GET', key]),
      ]);
      if (claimed !== null) return 'new';
      // What ended between the two commands is free at the next try.
      if (typeof found !== 'string' || found === '') return 'busy';
      const end = found.indexOf('\n');
      return { digest: found.slice(0, end), answer: found.slice(end + 1) };
    },

    async keep(app, request, { digest, answer }) {
      const name = nameOf(request);
      const { lifetime, ofApp } = ANSWER_BOUNDS;
      await connection.runScript(
        scripts.keep,
        [keys.idempotency(app, name), keys.idempotencyOrder(app)],
        [keys.idempotency(app, ''), name, `${digest}\n${answer}`, lifetime, ofApp],
      );
    },

    async release(app, request) {
      await send(['DEL', keyOf(app, request)]);
    },

    async forget(app) {
      const order = keys.idempotencyOrder(app);
      for (;;) {
        const names = (await send(['ZRANGE', order, '0', String(PAGE - 1)])) as string[];
        if (names.length === 0) return;
        await Promise.all([
          send(['UNLINK', ...names.map((name) => keys.idempotency(app, name))]),
          send(['ZREM', order, ...names]),
        ]);
      }
    },
  };
}
