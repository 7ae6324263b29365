// The devices that this node delivers to and that have a socket on some node. Redis knows it; this is a copy, so that
// a delivery need not ask.
import { deviceOfChannel, RELAY_APP } from '../../../channel/relay-app.ts';
import { NOTICE } from '../notices.ts';
import { scanSet } from '../scan.ts';
import type { ChannelPorts } from './ports.ts';

/** Called when a socket of a device came, or the last one went. */
export type DeviceListener = (app: string, channel: string, isThere: boolean) => void;

/** Which of some devices are meant. */
type IsMeant = (device: string) => boolean;

/** The connected devices of the shards of this node. */
export interface ConnectedDevices {
  isThere(app: string, channel: string): boolean;
  /** The mark of the last socket that came, without which a message to the device reaches no one; "" if it is not known. */
  markOf(channel: string): string;
  /** Reads who is there, of the devices that are this node's from now on. */
  gained(isMeant: IsMeant): Promise<void>;
  /** Forgets devices that others have now. */
  lost(isMeant: IsMeant): void;
}

/** Makes the copy. */
export function createConnectedDevices(
  { connection, keys, node, notices, logger }: ChannelPorts,
  tell: DeviceListener,
  caughtUp: (channel: string) => void,
): ConnectedDevices {
  /** Their marks, by channel. */
  const there = new Map<string, string>();
  /** Channels that were told of while a read is under way: the notice is newer than what was read. */
  const told = new Set<string>();
  let reads = 0;

  const has = (isMeant: IsMeant, channel: string) => {
    const device = deviceOfChannel(channel);
    return device !== undefined && isMeant(device);
  };

  notices.on(NOTICE.device, ([app = '', channel = '', state, mark = '']) => {
    if (state === 'all') {
      caughtUp(channel);
      return;
    }
    // The shard may have gone to another node while the notice was under way.
    if (!has(node.owns, channel)) return;
    const isThere = state === '1';
    if (reads > 0) told.add(channel);
    if (isThere) there.set(channel, mark);
    else there.delete(channel);
    tell(app, channel, isThere);
  });

  /** The channels of these devices that have a socket, and those that were told of during the read, which it leaves out. */
  async function read(isMeant: IsMeant): Promise<readonly [found: Map<string, string>, told: ReadonlySet<string>]> {
    const found = new Map<string, string>();
    reads += 1;
    try {
      for await (const page of scanSet(connection.send, keys.occupied(RELAY_APP)))
        await Promise.all(
          page
            .filter((channel) => has(isMeant, channel))
            .map(async (channel) => {
              const flags = (await connection.send(['HGET', keys.occupancy(RELAY_APP, channel), ''])) ?? '';
              found.set(channel, String(flags).split('|')[1] ?? '');
            }),
        );
      for (const channel of told) found.delete(channel);
      return [found, new Set(told)];
    } finally {
      reads -= 1;
      if (reads === 0) told.clear();
    }
  }

  /** Reads everything again, and tells what may have been missed: also a second socket needs the backlog. */
  async function reread(): Promise<void> {
    const [found, toldOf] = await read(node.owns);
    for (const channel of [...there.keys()]) {
      if (found.has(channel) || toldOf.has(channel)) continue;
      there.delete(channel);
      tell(RELAY_APP, channel, false);
    }
    for (const [channel, mark] of found) {
      there.set(channel, mark);
      tell(RELAY_APP, channel, true);
    }
  }

  notices.onLost(() => {
    reread().catch((error) => logger.debug({ err: error }, 'connected devices cannot be read'));
  });

  return {
    isThere: (app, channel) => app === RELAY_APP && there.has(channel),
    markOf: (channel) => there.get(channel) ?? '',
    async gained(isMeant) {
      const [found, toldOf] = await read(isMeant);
      for (const channel of [...there.keys()]) {
        if (!has(isMeant, channel) || found.has(channel) || toldOf.has(channel)) continue;
        there.delete(channel);
        tell(RELAY_APP, channel, false);
      }
      for (const [channel, mark] of found) {
        if (there.get(channel) === mark) continue;
        there.set(channel, mark);
        // With a new mark, nothing new may be sent before everything was sent again.
        tell(RELAY_APP, channel, true);
      }
    },
    lost(isMeant) {
      for (const channel of there.keys()) if (has(isMeant, channel)) there.delete(channel);
    },
  };
}
