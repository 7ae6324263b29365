// Stores documents in tables of the message log, with its group commit. A change of a document is a transaction, so the tables
// always have all of them, and a read waits only for changes of documents.
import type { JsonObject } from '../../../shared/object.ts';
import type { Clock } from '../../base/clock.ts';
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
  readBounds,
  readSpot,
  spotOf,
} from '../documents.ts';
import type { GroupCommit } from './group-commit.ts';
import type { Statements } from './statements.ts';

type Found = [version: number, expiresAt: number | null, value: Buffer];
type Listed = [place: number, id: Buffer, version: number, value: Buffer];

/** How many documents one statement reads: a page may end early because of its bytes. */
const STEP = 50;

/** What the documents work with. */
export interface DocumentPorts {
  readonly group: GroupCommit;
  readonly statements: Statements;
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Logger;
}

/** Makes the documents in the tables of the log. */
export function createDocuments(ports: DocumentPorts): Documents {
  const collections = new Map<string, Collection<JsonObject>>();
  return {
    collection<T extends JsonObject>(name: string) {
      checkCollection(name);
      const found = collections.get(name) ?? createCollection(name, ports);
      collections.set(name, found);
      return found as unknown as Collection<T>;
    },
    async sweep(most) {
      const { group, statements, clock } = ports;
      // An idle relay writes nothing.
      if (statements.expiredDocument.all([clock.now()]).length === 0) return 0;
      return group.add(() => statements.expireDocuments.run([clock.now(), most]).changes);
    },
  };
}

interface Spot {
  readonly place: number;
  readonly id: string;
}

/** A cursor, unless the bound of the list comes after it. */
function nearer(cursor: Spot, bound: Spot, descending: boolean): Spot {
  const isPassed = descending ? cursor.place >= bound.place : cursor.place < bound.place;
  return isPassed ? bound : cursor;
}

function createCollection(name: string, { group, statements, clock, logger }: DocumentPorts): Collection<JsonObject> {
  const changes = createListeners<[id: string]>((error) => logger.error({ err: error }, 'listener fault'));
  /** The last change that was called for. Reads come after it. */
  let last: Promise<unknown> = Promise.resolve();

  function change<R>(make: () => R): Promise<R> {
    const made = group.add(make);
    last = made.catch(() => undefined);
    return made;
  }

  /** Only inside a transaction, or after `last`. */
  function find(id: string): Found | undefined {
    const [found] = statements.document.all([name, id]) as Found[];
    return found !== undefined && (found[1] === null || found[1] > clock.now()) ? found : undefined;
  }

  function read(encoded: string, version: number, text: Buffer): StoredDocument<JsonObject> | undefined {
    try {
      return { id: decodeName(encoded), value: decodeValue(text.toString()), version };
    } catch (err) {
      logger.error({ err, collection: name, id: encoded }, 'a document cannot be read; it is left out');
      return undefined;
    }
  }

  function store(id: string, text: string, { expiresAt, places }: ReturnType<typeof encodeOptions>): number {
    statements.removeDocument.run([name, id]);
    const row = [name, id, text, expiresAt ?? null];
    const version = Number(statements.addDocument.run(row).lastInsertRowid);
    for (const [list, place] of places) statements.addPlace.run([name, list, place, id, version]);
    statements.expireDocuments.run([clock.now(), DOCUMENT_BOUNDS.swept]);
    return version;
  }

  return {
    async get(id) {
      const encoded = encodeName(id);
      await last;
      const found = find(encoded);
      return found && read(encoded, found[0], found[2]);
    },

    async put(id: string, value: JsonObject, options: DocumentOptions = {}) {
      const [encoded, text, checked] = [encodeName(id), encodeValue(value), encodeOptions(options)];
      const { seen } = options;
      const version = await change(() =>
        seen !== undefined && (find(encoded)?.[0] ?? 0) !== seen ? 'conflict' : store(encoded, text, checked),
      );
      if (version !== 'conflict') changes.tell(id);
      return version;
    },

    async remove(id, seen) {
      const encoded = encodeName(id);
      const result = await change(() => {
        const found = find(encoded);
        if (found === undefined) return 'absent';
        if (seen !== undefined && found[0] !== seen) return 'conflict';
        statements.removeDocument.run([name, encoded]);
        return 'removed';
      });
      if (result === 'removed') changes.tell(id);
      return result;
    },

    async list(list: string, bounds: ListBounds) {
      const { from, upTo, after, limit, descending } = readBounds(bounds);
      const encoded = encodeName(list);
      await last;
      const statement = descending ? statements.listDown : statements.listUp;
      const documents: (StoredDocument<JsonObject> & { readonly place: number })[] = [];
      // No id is empty, so this is before everything at the bound.
      const start = descending ? { place: upTo + 1, id: '' } : { place: from, id: '' };
      let spot = after === undefined ? start : nearer(readSpot(after), start, descending);
      let bytes = 0;
      for (;;) {
        const wanted = Math.min(STEP, limit - documents.length);
        const end = descending ? from : upTo;
        const rows = statement.all([name, encoded, spot.place, spot.id, end, clock.now(), wanted + 1]) as Listed[];
        for (const [place, id, version, text] of rows.slice(0, wanted)) {
          spot = { place, id: id.toString() };
          const found = read(spot.id, version, text);
          if (found !== undefined) documents.push({ ...found, place });
          bytes += text.length;
          if (bytes >= DOCUMENT_BOUNDS.pageBytes) break;
        }
        if (bytes < DOCUMENT_BOUNDS.pageBytes && rows.length <= wanted) return { documents, cursor: undefined };
        if (bytes >= DOCUMENT_BOUNDS.pageBytes || documents.length >= limit) {
          return { documents, cursor: spotOf(spot.place, spot.id) };
        }
      }
    },

    async count(list) {
      const encoded = encodeName(list);
      await last;
      const [row] = statements.countList.all([name, encoded]) as [number][];
      return row?.[0] ?? 0;
    },

    onChange: changes.add,
    // There is no other node.
    onMissed() {},
  };
}
