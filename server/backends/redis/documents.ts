// Stores documents in Redis: a hash for each collection, and a sorted set for each list. Any node may change any of them; a
// script compares the version, and tells all nodes.
import type { JsonObject } from '../../../shared/object.ts';
import { createListeners } from '../../base/listeners.ts';
import type { Logger } from '../../base/logger.ts';
import type { Collection, DocumentOptions, Documents, ListBounds, StoredDocument } from '../../messages/documents.ts';
import {
  checkCollection,
  DOCUMENT_BOUNDS,
  decodeName,
  decodeValue,
  encodeName,
  encodeOptions,
  encodeValue,
  PLACE_DIGITS,
  readBounds,
  readSpot,
  spotOf,
  spotsOf,
} from '../documents.ts';
import type { RedisConnection } from './connection.ts';
import { RedisError } from './errors.ts';
import type { Keys } from './keys.ts';
import type { Lease } from './lease.ts';
import { NOTICE, type Notices } from './notices.ts';
import { scripts } from './scripts.ts';

/** What the documents work with. */
export interface DocumentPorts {
  readonly connection: RedisConnection;
  readonly keys: Keys;
  readonly notices: Pick<Notices, 'on' | 'onLost'>;
  readonly node: Pick<Lease, 'self' | 'time' | 'onResumed'>;
  readonly logger: Logger;
}

/** The answers of scripts/document.lua that are not versions. */
const REMOVED = 0;
const CONFLICT = -1;
const ABSENT = -2;

/** A document as the hash has it, see scripts/parts/document.lua. */
export interface StoredRecord {
  readonly version: number;
  readonly expiresAt: number | undefined;
  readonly lists: Readonly<Record<string, number>>;
  readonly value: JsonObject;
}

/** @throws SyntaxError if it is damaged */
export function parseDocument(record: string): StoredRecord {
  const [, head = '', text = ''] = /^([^\n]*)\n(.*)$/s.exec(record) ?? [];
  const [version, expiry, , ...places] = head.split('\t');
  const lists = new Map<string, number>();
  for (let at = 0; at < places.length; at += 2) {
    lists.set(decodeName(places[at] ?? ''), readSpot(places[at + 1] ?? '').place);
  }
  return {
    version: Number(version),
    expiresAt: expiry === '0' ? undefined : Number(expiry),
    lists: Object.fromEntries(lists),
    value: decodeValue(text),
  };
}

/** Makes the documents of one node. */
export function createRedisDocuments(ports: DocumentPorts): Documents {
  const { notices, node, logger } = ports;
  const failed = (error: unknown) => logger.error({ err: error }, 'listener fault');
  const changes = new Map<string, ReturnType<typeof createListeners<[id: string]>>>();
  const misses = createListeners<[]>(failed);
  const collections = new Map<string, Collection<JsonObject>>();
  let tickets = 0;

  notices.on(NOTICE.document, ([collection = '', id = '']) => changes.get(collection)?.tell(decodeName(id)));
  notices.onLost(misses.tell);
  node.onResumed(misses.tell);

  return {
    collection<T extends JsonObject>(name: string) {
      checkCollection(name);
      const told = changes.get(name) ?? createListeners<[id: string]>(failed);
      changes.set(name, told);
      const ticket = () => {
        tickets += 1;
        return `${node.self}:${tickets}`;
      };
      const found = collections.get(name) ?? {
        ...createCollection(name, ports, ticket),
        onChange: told.add,
        onMissed: misses.add,
      };
      collections.set(name, found);
      return found as unknown as Collection<T>;
    },
    async sweep(most) {
      const { connection, keys } = ports;
      const starts = [keys.documents(''), keys.list('', '').slice(0, -1)];
      return Number(await connection.runScript(scripts.sweep, [keys.documentExpiries], [...starts, most]));
    },
  };
}

function createCollection(
  name: string,
  { connection, keys, node, logger }: DocumentPorts,
  nextTicket: () => string,
): Omit<Collection<JsonObject>, 'onChange' | 'onMissed'> {
  const all = keys.documents(name);

  function read<R>(id: string, make: () => R): R | undefined {
    try {
      return make();
    } catch (err) {
      logger.error({ err, collection: name, id }, 'a document cannot be read; it is left out');
      return undefined;
    }
  }

  /** Removes a document if there is no text. */
  async function change(id: string, text: string, seen: number | undefined, options: DocumentOptions): Promise<number> {
    const { expiresAt, places } = encodeOptions(options);
    const ticket = nextTicket();
    const call = async () =>
      Number(
        await connection.runDurably(
          scripts.document,
          [all, keys.documentVersion, keys.documentExpiries, keys.removal(ticket), keys.nodes, keys.noticeNumbers],
          [
            name,
            id,
            ticket,
            seen ?? '',
            // What has expired since 1970 began has expired as well as what has expired before.
            expiresAt === undefined ? 0 : Math.max(1, expiresAt),
            text,
            keys.documents(''),
            keys.list('', '').slice(0, -1),
            keys.notices(''),
            DOCUMENT_BOUNDS.swept,
            ...places.flatMap(([list, place]) => [list, spotOf(place, id)]),
          ],
        ),
      );
    return call().catch(async (error) => {
      if (!(error instanceof RedisError) || !error.mayHaveRun) throw error;
      // The ticket tells whether it has run.
      await connection.reconnected();
      return await call();
    });
  }

  return {
    async get(id) {
      const encoded = encodeName(id);
      const record = (await connection.send(['HGET', all, encoded])) as string | null;
      const found = record === null ? undefined : read(id, () => parseDocument(record));
      if (found === undefined) return undefined;
      const { value, version, expiresAt } = found;
      return expiresAt === undefined || expiresAt > node.time().latest ? { id, value, version } : undefined;
    },

    async put(id, value, options = {}) {
      const version = await change(encodeName(id), encodeValue(value), options.seen, options);
      return version === CONFLICT ? 'conflict' : version;
    },

    async remove(id, seen) {
      const answer = await change(encodeName(id), '', seen, {});
      if (answer === REMOVED) return 'removed';
      return answer === ABSENT ? 'absent' : 'conflict';
    },

    async list(list: string, bounds: ListBounds) {
      const range = readBounds(bounds);
      const key = keys.list(name, encodeName(list));
      const documents: (StoredDocument<JsonObject> & { readonly place: number })[] = [];
      let { after } = range;
      let bytes = 0;
      for (;;) {
        const { low, high } = spotsOf({ ...range, after });
        const args = [low, high, range.limit - documents.length, DOCUMENT_BOUNDS.pageBytes - bytes];
        const order = range.descending ? 'down' : 'up';
        const answer = (await connection.runScript(
          scripts.documents,
          [key, all],
          [...args, order, PLACE_DIGITS],
        )) as string[];
        for (let at = 1; at < answer.length; at += 3) {
          const [spot = '', version, text = ''] = answer.slice(at, at + 3);
          const { place, id } = readSpot(spot);
          bytes += Buffer.byteLength(text);
          const found = read(id, () => ({
            id: decodeName(id),
            value: decodeValue(text),
            version: Number(version),
            place,
          }));
          if (found !== undefined) documents.push(found);
        }
        after = answer[0] === '' ? undefined : answer[0];
        // Expired documents leave room on the page.
        if (after === undefined || documents.length >= range.limit || bytes >= DOCUMENT_BOUNDS.pageBytes) {
          return { documents, cursor: after };
        }
      }
    },

    async count(list) {
      return Number(await connection.send(['ZCARD', keys.list(name, encodeName(list))]));
    },
  };
}
