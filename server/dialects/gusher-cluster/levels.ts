// What differs between the two versions that are spoken, beside the paths of their calls (http.ts).

import { RelayError } from '../../base/errors.ts';
import type { App } from '../../channel/app.ts';
import { createCallHook } from '../../outbound/call-hook.ts';
import type { Session, Socket } from '../dialect.ts';
import { exactly, type IsAllowed, matching } from './allowed.ts';
import type { GusherClusterConfig } from './config.ts';
import { type Door, hookDoor, tokenDoor } from './door.ts';
import { openFirstSession } from './first-session.ts';
import { openLaterSession } from './later-session.ts';
import type { Tokens } from './logins.ts';
import { appOf } from './names.ts';
import type { GusherClusterPorts } from './ports.ts';
import type { Subscriber } from './subscriber.ts';

/** One version. */
export interface Level {
  /** Who is let in. */
  readonly door: Door;
  /** What a list of channels allows. */
  readonly toAllowed: (list: readonly string[]) => IsAllowed;
  /** Begins the conversation of a socket. */
  readonly open: (socket: Socket, subscriber: Subscriber) => Pick<Session, 'receive'>;
  /** The app of a key. @throws RelayError `invalid` when there is none */
  readonly appOf: (key: string) => App;
  /** The data of a push as JSON. */
  readonly toData: (text: string) => string;
}

/** Its first README: apps have hooks, lists have names, and data is a string. */
export function firstLevel(
  { apps, hookTimeout, maxWaitHook }: GusherClusterConfig,
  { clock, ...ports }: GusherClusterPorts,
): Level {
  const hooked = new Map(Object.entries(apps).map(([key, { url }]) => [key, { url, app: appOf(key) }]));
  for (const { app } of hooked.values()) ports.apps.add(app);
  return {
    door: hookDoor(hooked, createCallHook({ clock, timeout: hookTimeout, parallel: maxWaitHook })),
    toAllowed: exactly,
    open: openFirstSession,
    appOf(key) {
      const app = hooked.get(key)?.app;
      if (app === undefined) throw new RelayError('invalid', 'empty app_key');
      return app;
    },
    toData: (text) => JSON.stringify(text),
  };
}

/** Version 1.13: a JWT names the app, lists have patterns, and data that is JSON stays JSON. */
export function laterLevel(tokens: Tokens, ports: GusherClusterPorts): Level {
  return {
    door: tokenDoor(tokens),
    toAllowed: matching,
    open: (socket, subscriber) => openLaterSession(socket, subscriber, ports),
    appOf,
    toData: jsonOrString,
  };
}

function jsonOrString(text: string): string {
  try {
    JSON.parse(text);
    return text.trim();
  } catch {
    return JSON.stringify(text);
  }
}
