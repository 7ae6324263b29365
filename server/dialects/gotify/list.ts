// The messages of a client: pages, and deletion for this client only.
import { isSettled } from '../../../shared/status.ts';
import { RelayError } from '../../base/errors.ts';
import { entryMessage } from '../../delivery/message.ts';
import type { HistoryEntry } from '../../delivery/ports.ts';

import type { HttpAnswer, HttpRequest } from '../kit/http-message.ts';
import { applicationOf, type Client } from './caller.ts';
import { gotifyJson, invalid } from './errors.ts';
import { readWhole } from './fields.ts';
import { type GotifyMessage, toGotify } from './message.ts';
import type { Numbers } from './numbers.ts';
import type { GotifyPorts } from './ports.ts';
import type { ClientStreams } from './stream.ts';

const LIMIT = { preset: 100, most: 200 };
/** Longest page, in bytes of messages. It is shorter than was asked for beyond that. */
const MAX_BYTES = 4 * 2 ** 20;
/** Higher than every mid. */
const NEWEST = String(Number.MAX_SAFE_INTEGER);
/** How many messages are deleted at once. */
const BATCH = 200;

/** What a client does with its messages. */
export interface Lists {
  /** @param appid only the messages of this application */
  page(request: HttpRequest, client: Client, appid?: number): Promise<HttpAnswer>;
  /** @throws RelayError `not_found` if the client has no such message */
  remove(client: Client, id: number): Promise<void>;
  /** Deletes all that there are now. @param appid only those of this application */
  removeAll(client: Client, appid?: number): Promise<void>;
}

/** A message of a page. */
interface Listed {
  readonly entry: HistoryEntry;
  readonly told: GotifyMessage;
}

function readLimit(request: HttpRequest): number {
  const given = request.parameter('limit');
  if (given === undefined) return LIMIT.preset;
  const limit = readWhole(given) ?? 0;
  if (limit < 1) throw invalid("Field 'limit' must be more or equal to 1");
  if (limit > LIMIT.most) throw invalid(`Field 'limit' must be less or equal to ${LIMIT.most}`);
  return limit;
}

/** Makes them. */
export function createLists(
  ports: Pick<GotifyPorts, 'log' | 'messageIds' | 'senderKeys' | 'devices' | 'deletion' | 'tellRead'>,
  numbers: Numbers,
  streams: Pick<ClientStreams, 'hasRead'>,
): Lists {
  const { log, messageIds, senderKeys, devices, deletion } = ports;

  /** The newest messages of a device below a mid, of one application or of all. @param most how many */
  async function read(device: string, before: string, most: number, appid: number | undefined) {
    const found: Listed[] = [];
    let bytes = 0;
    for (let below = before, more = true; more && found.length < most && bytes < MAX_BYTES; ) {
      const bounds = { limit: most, maxBytes: MAX_BYTES - bytes, atLeastOne: true };
      const page = await log.recent(device, below, bounds);
      const ids = await numbers.of(page.entries.map(({ mid }) => mid));
      for (const entry of page.entries) {
        const id = ids.get(entry.mid);
        const message = id === undefined ? undefined : entryMessage(entry, messageIds.idOf);
        const application = message === undefined ? undefined : applicationOf(message, senderKeys);
        if (id === undefined || message === undefined || application === undefined) continue;
        if (appid !== undefined && application.number !== appid) continue;
        bytes += entry.text.length;
        if (found.length < most) found.push({ entry, told: toGotify(message, id, application) });
      }
      ({ more } = page);
      below = page.last;
      if (!more) return { found, isAll: true };
    }
    return { found, isAll: false };
  }

  async function removeMids(device: string, mids: readonly string[]): Promise<readonly string[]> {
    const removed = await deletion.remove(device, mids);
    const news = removed.length === 0 ? [] : await log.markRead(removed);
    if (news.length > 0) ports.tellRead(news);
    return removed;
  }

  /** @param isLast whether there is no further page */
  async function settle({ device }: Client, listed: readonly Listed[], isLast: boolean): Promise<void> {
    const isOpen = ({ entry }: Listed) => !isSettled(entry.status);
    await Promise.all(listed.filter(isOpen).map(({ entry }) => devices.acknowledge(entry.mid, device)));
    // Programs read on until they come to a message that they know.
    streams.hasRead(device, isLast || !listed.slice(-1).some(isOpen));
  }

  return {
    async page(request, client, appid) {
      const limit = readLimit(request);
      const since = readWhole(request.parameter('since'), 0) ?? 0;
      await numbers.give([]);
      const below = since === 0 ? undefined : await numbers.midBelow(since);
      const isEmpty = since !== 0 && below === undefined;
      const before = below === undefined ? NEWEST : String(Number(below) + 1);
      // One more shows whether there is a further page.
      const { found, isAll } = isEmpty
        ? { found: [], isAll: true }
        : await read(client.device, before, limit + 1, appid);
      const shown = found.slice(0, limit);
      const last = isAll && found.length <= limit ? undefined : shown.at(-1)?.told.id;
      // With one, a program only looks where its list ends.
      if (limit !== 1) await settle(client, shown, last === undefined);
      const path = appid === undefined ? '/message' : `/application/${appid}/message`;
      const next = last === undefined ? {} : { next: `${path}?limit=${limit}&since=${last}` };
      return gotifyJson({
        paging: { ...next, size: shown.length, since: last ?? 0, limit },
        messages: shown.map(({ told }) => told),
      });
    },
    async remove({ device }, id) {
      const mid = await numbers.midOf(id);
      const removed = mid === undefined ? [] : await removeMids(device, [mid]);
      if (removed.length === 0) throw new RelayError('not_found', 'message does not exist');
    },
    async removeAll({ device }, appid) {
      await numbers.give([]);
      for (let before = NEWEST, more = true; more; ) {
        const { found, isAll } = await read(device, before, BATCH, appid);
        if (found.length > 0) {
          await removeMids(
            device,
            found.map(({ entry }) => entry.mid),
          );
        }
        before = found.at(-1)?.entry.mid ?? before;
        more = !isAll;
      }
    },
  };
}
