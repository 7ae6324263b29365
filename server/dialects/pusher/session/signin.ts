// Reads pusher:signin: the user of a connection, and the users that it watches.

import { isObject } from '../../../../shared/object.ts';
import { type App, activeSecret } from '../../../channel/app.ts';
import { checkChannelName, userChannel } from '../../../channel/channel-name.ts';
import { parse } from '../frames.ts';
import { quoteKey } from '../refusals.ts';
import { checkAuth, userText } from '../signature.ts';
import type { User } from './authorize.ts';

/** A signin with a right signature. `userData` is the text that was signed. */
export interface Signin {
  readonly ok: true;
  readonly user: User;
  /** May be longer than the app's limit. */
  readonly watchlist: readonly string[];
  readonly userData: string;
}

/** Why a signin is refused. */
export interface SigninRefusal {
  readonly ok: false;
  readonly message: string;
}

const refuse = (message: string): SigninRefusal => ({ ok: false, message });

/** Whether a value may be the id of a user. The id must fit into the name of the user's channel. */
export function isUserId(app: App, id: unknown): id is string {
  if (typeof id !== 'string' || id === '' || id.length > app.limits.userIdLen) return false;
  return checkChannelName(userChannel(id), userChannel('').length + app.limits.userIdLen) === undefined;
}

/** Checks the signature and reads the user. */
export function readSignin(
  app: App,
  socketId: string,
  { auth, user_data: userData }: Readonly<Record<string, unknown>>,
): Signin | SigninRefusal {
  if (typeof userData !== 'string') return refuse('Invalid user_data: expected a JSON string');
  const checked = checkAuth((key) => activeSecret(app, key), auth, userText(socketId, userData));
  if (checked === 'key') return refuse(`Invalid key in user authentication data: '${quoteKey(auth)}'`);
  if (checked === 'digest') return refuse('Invalid signature');
  const user = parse(userData);
  const id = isObject(user) ? user['id'] : undefined;
  if (!isObject(user) || !isUserId(app, id)) {
    return refuse(`Invalid user_data: expected an id of 1 to ${app.limits.userIdLen} characters of A-Za-z0-9_-=@,.;`);
  }
  const watchlist = Array.isArray(user['watchlist']) ? user['watchlist'] : [];
  return {
    ok: true,
    user: { id, info: user['user_info'] },
    watchlist: watchlist.filter((watched): watched is string => isUserId(app, watched)),
    userData,
  };
}
