// What all nodes count together, in Redis. All of it ends by itself, and none of it is kept by a backup.
import type { Guards, LoginStore, RateStore } from '../../../access/guards.ts';
import { sha256 } from '../../../base/digest.ts';
import { scripts } from '../scripts.ts';
import { createRedisAnswers } from './answers.ts';
import { createRedisPairings } from './pairings.ts';
import { createRedisPlaces } from './places.ts';
import type { GuardPorts } from './ports.ts';
import { createRedisThrottle } from './throttle.ts';

/** Makes the guards of one node. */
export function createRedisGuards(ports: GuardPorts): Guards {
  return {
    throttle: createRedisThrottle(ports),
    pairings: createRedisPairings(ports),
    answers: createRedisAnswers(ports),
    rates: createRates(ports),
    places: createRedisPlaces(ports),
    logins: createLogins(ports),
  };
}

function createRates({ connection, keys }: GuardPorts): RateStore {
  return {
    async take({ id }, rate, perSecond, count, burst = perSecond) {
      const [level = 0, missing = 0] = (await connection.runScript(
        scripts.rate,
        [keys.rate(id, rate)],
        [perSecond, count, burst],
      )) as number[];
      return { left: level / 1000, wait: missing / (perSecond * 1000) };
    },
  };
}

/** Redis has digests of the tokens, so a reader of Redis cannot log in. */
function createLogins({ connection, keys }: GuardPorts): LoginStore {
  const nameOf = (token: string) => sha256(token).toString('base64url');
  return {
    async put(token, text, { most, forMs }) {
      const name = nameOf(token);
      await connection.runScript(
        scripts.keep,
        [keys.login(name), keys.logins],
        [keys.login(''), name, text, forMs, most],
      );
    },
    async get(token) {
      const text = await connection.send(['GET', keys.login(nameOf(token))]);
      return typeof text === 'string' ? text : undefined;
    },
  };
}
