// Decides who may call the private API: the super admin and, on the paths of an app, the app's own account.
import type { Throttle } from '../../access/throttle.ts';
import { RelayError } from '../../base/errors.ts';
import { createLimiter } from '../../base/limiter.ts';
import { sourceOf } from '../kit/caller.ts';
import type { HttpRequest } from '../kit/http-message.ts';
import type { Credential } from './credential.ts';

/**
 * Checks the credential of a call.
 * @param app the account of the app that the path names
 * @throws RelayError `unauthorized`, or `too_many` for an address with too many wrong credentials
 */
export type Authorize = (request: HttpRequest, app: Credential | undefined) => Promise<void>;

/** What the check needs. */
export interface AuthorizePorts {
  readonly throttle: Throttle;
  readonly admin: Credential;
}

function refused(request: HttpRequest, text = 'Not authorized'): RelayError {
  request.answerHeaders['www-authenticate'] = 'Basic realm="Restricted"';
  return new RelayError('unauthorized', text);
}

/** Reads the account and the password. As in the original, any scheme may stand in place of `Basic`. */
function readPair(request: HttpRequest): readonly [account: string, password: string] {
  const [, encoded] = request.header('authorization').split(' ');
  if (encoded === undefined) throw refused(request);
  const broken = encoded.replace(/={0,2}$/, '').search(/[^A-Za-z0-9+/]/);
  if (broken >= 0) throw refused(request, `illegal base64 data at input byte ${broken}`);
  const pair = Buffer.from(encoded, 'base64').toString();
  const colon = pair.indexOf(':');
  if (colon < 0) throw refused(request);
  return [pair.slice(0, colon), pair.slice(colon + 1)];
}

/** Creates the check. */
export function createAuthorize({ admin, throttle }: AuthorizePorts): Authorize {
  // A right credential passes even after a lockout. Then only one check runs at a time, so that guesses cannot fill the queue.
  const afterLockout = createLimiter({ concurrency: 1, queue: 0 });

  async function isRight(pair: readonly [string, string], app: Credential | undefined): Promise<boolean> {
    // Always checks both, one after the other, so that the time does not show which account or app exists.
    const byAdmin = await admin.matches(...pair);
    const byApp = app === undefined ? false : await app.matches(...pair);
    return byAdmin || byApp;
  }

  return async (request, app) => {
    const pair = readPair(request);
    if (admin.remembers(...pair) || app?.remembers(...pair)) return;
    const attempt = throttle.begin(pair.join(':'), sourceOf(request, 'gusher'));
    const release = attempt.isOver ? await afterLockout.acquire() : () => {};
    if (release === undefined) throw attempt.wrong(refused(request));
    try {
      if (!(await isRight(pair, app))) throw attempt.wrong(refused(request));
      attempt.right();
    } catch (error) {
      // No one checked the credential, so it does not count as wrong.
      if (error instanceof RelayError && error.code === 'unavailable') attempt.right();
      throw error;
    } finally {
      release();
    }
  };
}
