// Reads all rows of documents, for a copy and for a check.
import { isUtf8 } from 'node:buffer';
import type { ArchivedDocument } from '../archive.ts';
import { decodeName, decodeValue } from '../documents.ts';
import type { Database } from './sqlite.ts';

/** The version that has documents. */
export const WITH_DOCUMENTS = 7;

/** How many rows one query reads. */
const STEP = 100;

type Row = [version: number, collection: Buffer, id: Buffer, value: Buffer, expiresAt: number | null];

/** Rows in the order of their versions, in pages. */
function* rowsIn(db: Database): Iterable<readonly Row[]> {
  const select = db
    .prepare(
      `SELECT version, CAST(collection AS BLOB), CAST(id AS BLOB), CAST(value AS BLOB), CAST(expires_at AS INTEGER)
         FROM documents WHERE version > ? ORDER BY version LIMIT ${STEP}`,
    )
    .raw();
  for (let last = 0; ; ) {
    const rows = select.all([last]) as Row[];
    if (rows.length === 0) return;
    yield rows;
    last = rows.at(-1)?.[0] ?? last;
  }
}

function textOf(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw new SyntaxError('not UTF-8');
  return bytes.toString();
}

/** @throws SyntaxError if it is damaged */
function readRow([, collection, id, value, expiresAt]: Row) {
  return {
    collection: textOf(collection),
    id: decodeName(textOf(id)),
    value: decodeValue(textOf(value)),
    expiresAt: expiresAt ?? undefined,
  };
}

/** All documents with their lists, in pages. Those that cannot be read are left out; `herald doctor` names them. */
export function* documentsIn(db: Database): Iterable<readonly ArchivedDocument[]> {
  const places = db.prepare('SELECT CAST(list AS BLOB), place FROM document_places WHERE document = ?').raw();
  for (const rows of rowsIn(db)) {
    yield rows.flatMap((row) => {
      try {
        const listed = (places.all([row[0]]) as [Buffer, number][]).map(
          ([list, place]) => [decodeName(textOf(list)), place] as const,
        );
        return [{ ...readRow(row), lists: Object.fromEntries(listed) }];
      } catch {
        return [];
      }
    });
  }
}

/** The ids of documents that cannot be read, and the number of all. */
export function findUnreadableDocuments(db: Database): { unreadable: string[]; total: number } {
  const unreadable: string[] = [];
  let total = 0;
  for (const rows of rowsIn(db)) {
    total += rows.length;
    for (const row of rows) {
      try {
        readRow(row);
      } catch {
        unreadable.push(`${row[1].toString()}/${row[2].toString()}`);
      }
    }
  }
  return { unreadable, total };
}
