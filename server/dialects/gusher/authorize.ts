// Who may call the private API: the super admin, and on the paths of an app its own account.
import type { Context } from 'koa';
import { RelayError } from '../../base/errors.ts';
import type { Credential } from './credential.ts';
import type { GusherPorts } from './ports.ts';
import type { Registration } from './registrations.ts';

/** @throws RelayError `unauthorized`, or `too_many` for an address that has guessed too often */
export type Authorize = (context: Context, app: Registration | undefined) => Promise<void>;

function refused(context: Context, text = 'Not authorized'): RelayError {
  context.set('www-authenticate', 'Basic realm="Restricted"');
  return new RelayError('unauthorized', text);
}

/** Makes the check. */
export function createAuthorize({
  admin,
  throttle,
}: Pick<GusherPorts, 'throttle'> & { readonly admin: Credential }): Authorize {
  return async (context, app) => {
    // The original looks at the second word alone.
    const [, encoded] = context.get('authorization').split(' ');
    if (encoded === undefined) throw refused(context);
    const broken = encoded.replace(/={0,2}$/, '').search(/[^A-Za-z0-9+/]/);
    if (broken >= 0) throw refused(context, `illegal base64 data at input byte ${broken}`);
    const pair = Buffer.from(encoded, 'base64').toString();
    const colon = pair.indexOf(':');
    if (colon < 0) throw refused(context);
    await throttle.check(context.ip);
    const [account, password] = [pair.slice(0, colon), pair.slice(colon + 1)];
    if (await admin.matches(account, password)) return;
    if (app !== undefined && (await app.credential.matches(account, password))) return;
    throttle.fail(context.ip);
    throw refused(context);
  };
}
