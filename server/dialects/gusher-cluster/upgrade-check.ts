// Decides who may connect: by the hook of the app at level 2016, by a token at level 1.13. Every refusal is a 401.
import { z } from 'zod';
import type { CallHook } from '../../outbound/call-hook.ts';
import type { Upgrade, UpgradeRefusal } from '../dialect.ts';
import type { FindApp } from './found-apps.ts';
import type { Tokens } from './logins.ts';
import { appOf, channelList, userId } from './names.ts';
import type { Login } from './subscriber.ts';

/** Decides whether a socket may connect to an app. */
export type UpgradeCheck = (key: string, upgrade: Upgrade) => Promise<Login | UpgradeRefusal>;

const refusal = (text: string): UpgradeRefusal => ({ status: 401, text });

const hookAnswer = z.object({
  user_id: userId,
  channels: channelList.min(1),
});

function readAnswer(text: string): z.output<typeof hookAnswer> | undefined {
  try {
    return hookAnswer.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Asks the hook of the app who the socket is. */
export function createHookCheck(find: FindApp, callHook: CallHook): UpgradeCheck {
  return async (key, { query, signal }) => {
    const auth = query.get('auth') ?? '';
    if (auth === '') return refusal('auth nil');
    const hooked = await find(key);
    if (hooked === undefined) return refusal('auth process error');
    const text = await callHook(hooked.url, { auth }, signal);
    const answer = text === undefined ? undefined : readAnswer(text);
    if (answer === undefined) return refusal('auth error');
    return { app: hooked.app, userId: answer.user_id, list: answer.channels };
  };
}

/** Looks up the token in the URL of the socket. */
export function createTokenCheck(tokens: Tokens): UpgradeCheck {
  return async (key, { query }) => {
    const token = query.get('token') ?? '';
    // The original answers a missing token with this text.
    if (token === '') return refusal('app_key is nil');
    const claims = await tokens.get(token);
    if (claims === undefined) return refusal('token error');
    if (claims.app_key !== key) return refusal('appkey error');
    return { app: appOf(key), userId: claims.user_id, list: claims.channels };
  };
}
