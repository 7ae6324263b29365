// Replaces the token of the relay.
import { z } from 'zod';
import type { NewToken } from '../../shared/api.ts';
import { RelayError } from '../base/errors.ts';
import { json } from '../dialects/kit/http-message.ts';
import { callerOf } from './access.ts';
import { readJsonBody, route } from './json-routes.ts';
import type { ApiPorts } from './ports.ts';
import type { ApiRoute } from './route-spec.ts';
import { newToken } from './schemas/owner.ts';

const DAY = 24 * 3_600_000;
/** How long tokens of devices stay good, in ms: by default and at most as long as they live. */
const KEEP = { preset: 7 * DAY, max: 180 * DAY };

const ROTATE = {
  summary: 'Makes a new token of the relay, and shows it this one time.',
  callers: 'token',
  body: z.looseObject({
    keep: z.int().min(0).max(KEEP.max).default(KEEP.preset).describe('How long tokens of devices stay good, in ms.'),
  }),
  answers: { 201: newToken },
};

/** `POST /v1/token/rotate` with `{"keep": ms}` makes a new token, which only this answer shows. */
export function tokenRoutes(ports: ApiPorts): ApiRoute[] {
  return [
    route('POST', '/v1/token/rotate', ROTATE, async (request) => {
      // The owner can end a device that manages the relay. It must not make anything that the owner cannot end.
      if ((await callerOf(request, ports)).kind !== 'owner') {
        throw new RelayError('forbidden', "only the relay's token itself makes a new one");
      }
      const { keep = KEEP.preset } = await readJsonBody(request);
      if (typeof keep !== 'number' || !Number.isInteger(keep) || keep < 0 || keep > KEEP.max) {
        throw new RelayError('invalid', `keep must be a whole number of ms from 0 to ${KEEP.max}`);
      }
      return json({ token: await ports.relayToken.rotate(keep), keep } satisfies NewToken, 201);
    }),
  ];
}
