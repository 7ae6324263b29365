// Level 2016, the first README of gusher.cluster: apps have hooks, lists hold only names, and data is a string. Sockets
// subscribe and unsubscribe. Each answer repeats the id in the socket's frame.

import { then } from '../../base/maybe-promise.ts';
import { createCallHook } from '../../outbound/call-hook.ts';
import type { Session, Socket } from '../dialect.ts';
import { closeIfLost } from '../kit/lost.ts';
import { exactly } from './allowed.ts';
import type { GusherClusterConfig } from './config.ts';
import { createFindApp, requireApp } from './found-apps.ts';
import { readFrame, textField } from './frames.ts';
import { type Level, POLICY_VIOLATION } from './level.ts';
import type { GusherClusterPorts } from './ports.ts';
import type { Subscriber } from './subscriber.ts';
import { createHookCheck } from './upgrade-check.ts';

/** Makes level 2016. */
export function v2016(
  config: GusherClusterConfig,
  { outbound, ...ports }: Pick<GusherClusterPorts, 'apps' | 'clock' | 'outbound' | 'readForeign'>,
): Level {
  const { hookTimeout, maxWaitHook } = config;
  const find = createFindApp(config, ports);
  return {
    check: createHookCheck(find, createCallHook({ outbound, timeout: hookTimeout, parallel: maxWaitHook })),
    toAllowed: exactly,
    open: openSession,
    appOf: requireApp(find),
    toData: (text) => JSON.stringify(text),
  };
}

function openSession(socket: Socket, subscriber: Subscriber): Pick<Session, 'receive'> {
  const answer = (event: string, succeeded: boolean, id: string, channel: string) =>
    socket.send(JSON.stringify({ event: `${event}_${succeeded ? 'succeeded' : 'error'}`, data: { id, channel } }));

  return {
    receive(text) {
      // The original ignores binary frames.
      if (text === null) return undefined;
      const frame = readFrame(text);
      if (frame === undefined) {
        subscriber.leave();
        socket.close(POLICY_VIOLATION, 'expected JSON with an event');
        return undefined;
      }
      const id = textField(frame.data, 'id') ?? '';
      const channel = textField(frame.data, 'channel') ?? '';
      if (frame.event === 'gusher.subscribe') {
        const isNew = !subscriber.subscribed.has(channel);
        const asked = isNew && subscriber.subscribe(channel);
        return closeIfLost(socket, [then(asked, (succeeded) => answer('gusher.subscribe', succeeded, id, channel))]);
      }
      if (frame.event === 'gusher.unsubscribe') {
        answer(frame.event, subscriber.unsubscribe(channel), id, channel);
      }
      return undefined;
    },
  };
}
