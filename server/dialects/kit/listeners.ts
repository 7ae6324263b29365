// Who listens to a target without being a device. Messages come from the log's mail, all else over the channel of the target,
// by which the nodes that share a log also know where listeners are.
import { randomInt } from 'node:crypto';
import type { Message } from '../../../shared/message.ts';
import { parseObject } from '../../../shared/object.ts';
import { letGo, type MaybePromise } from '../../base/maybe-promise.ts';
import type { App } from '../../channel/app.ts';
import type { Channels } from '../../channel/channels.ts';
import type { ChannelEvent, Connection } from '../../channel/connection.ts';
import { targetChannel } from '../../channel/relay-app.ts';
import type { Mail } from '../../delivery/ports.ts';
import { LIVE_EVENTS, type LiveEvent, type TellListeners } from '../../messages/live-events.ts';

/** Someone who listens. None of its methods may throw or block. */
export interface Listener {
  /** A message was accepted. Called in the order of mids. */
  message(message: Message): void;
  event(event: LiveEvent): void;
  /** Messages may pass by from now on. When the promise resolves they no longer do, and the log has those that did. */
  unheard(heardAgain: Promise<void>): void;
}

/** The listeners of this node. */
export interface Listeners {
  /**
   * Adds a listener of some targets, each once.
   * @returns a function that removes it, once everything that is accepted from then on is heard
   * @throws RelayError `unavailable`, as a rejection, if the other nodes cannot be told
   */
  add(targets: readonly string[], listener: Listener): MaybePromise<() => void>;
  readonly tell: TellListeners;
}

/** What the listeners need. */
export interface ListenersPorts {
  readonly channels: Pick<Channels, 'subscribe' | 'disconnect' | 'publish'>;
  readonly relayApp: App;
  readonly mail: Pick<Mail, 'onHeard' | 'onUnheard'>;
}

const ID_PART = 2 ** 31;
const KINDS: ReadonlySet<string> = new Set(LIVE_EVENTS);

const isKind = (name: string): name is LiveEvent['kind'] => KINDS.has(name);

/** All listeners of one target. To the channel core they are one connection, so a listener costs an entry of a set. */
class Room implements Connection {
  readonly id = `${randomInt(ID_PART)}.${randomInt(ID_PART)}`;
  readonly target: string;
  readonly listeners = new Set<Listener>();
  /** Resolves when the room is on its channel on all nodes. Undefined from then on. */
  joining: Promise<unknown> | undefined;

  constructor(target: string) {
    this.target = target;
  }

  deliver(events: readonly ChannelEvent[]): void {
    for (const { name, data } of events) {
      const value = isKind(name) ? parseObject(data) : undefined;
      if (!isKind(name) || value === undefined) continue;
      for (const listener of this.listeners) listener.event({ kind: name, target: this.target, data: value });
    }
  }

  /** The node's doubts come from its mail, and its end comes from the streams. */
  close(): void {}
}

/** Makes the listeners of one node. */
export function createListeners({ channels, relayApp, mail }: ListenersPorts): Listeners {
  const rooms = new Map<string, Room>();

  mail.onHeard((message) => {
    const room = rooms.get(message.target);
    if (room !== undefined) for (const listener of room.listeners) listener.message(message);
  });
  mail.onUnheard((heardAgain) => {
    const all = new Set([...rooms.values()].flatMap(({ listeners }) => [...listeners]));
    for (const listener of all) listener.unheard(heardAgain);
  });

  function open(target: string): Room {
    const room = new Room(target);
    rooms.set(target, room);
    const grant = channels.subscribe(relayApp, room, targetChannel(target));
    if (grant instanceof Promise) {
      room.joining = grant.then(
        () => {
          room.joining = undefined;
        },
        (error: unknown) => {
          // Those who come later try again, in a room of their own.
          if (rooms.get(target) === room) rooms.delete(target);
          throw error;
        },
      );
      // Those who wait for it are told.
      letGo(room.joining);
    }
    return room;
  }

  function leave(room: Room, listener: Listener): void {
    if (!room.listeners.delete(listener) || room.listeners.size > 0) return;
    if (rooms.get(room.target) === room) rooms.delete(room.target);
    channels.disconnect(room);
  }

  return {
    add(targets, listener) {
      const entered = targets.map((target) => {
        const room = rooms.get(target) ?? open(target);
        room.listeners.add(listener);
        return room;
      });
      const remove = () => {
        for (const room of entered) leave(room, listener);
      };
      const joining = entered.flatMap((room) => room.joining ?? []);
      if (joining.length === 0) return remove;
      return Promise.all(joining).then(
        () => remove,
        (error: unknown) => {
          remove();
          throw error;
        },
      );
    },
    tell: ({ kind, target, data }) =>
      channels.publish(relayApp, [targetChannel(target)], {
        type: 'event',
        name: kind,
        data: JSON.stringify(data),
      }),
  };
}
