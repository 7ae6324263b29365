// All statements of the message log, each prepared once. Texts of messages are read as bytes, because libsql ends the
// process for a text that is not UTF-8, and one flipped bit is enough for that.

import { MAX_PACKED_BYTES } from './packed-text.ts';
import type { Database, PreparedStatement } from './sqlite.ts';
import { LEAST_REMOVED, RECEIVED_CODES, REMOVED, UNSETTLED } from './statuses.ts';

/** Unsettled deliveries of the device `d`; its cursor keeps the range short. */
const UNSETTLED_OF_D = `deliveries AS l INDEXED BY deliveries_by_device
  ON l.device = d.id AND l.mid > d.settled_upto AND l.status ${UNSETTLED}`;

/** When a message came, and how long it lives, in ms. */
const CREATED_AT = 'coalesce(m.created_at, m.mid)';
const LIFETIME = `coalesce(m.lifetime, (SELECT value FROM meta WHERE name = 'lifetime'))`;

const DELIVERIES = 'deliveries AS l INDEXED BY deliveries_by_device LEFT JOIN messages AS m ON m.mid = l.mid';
const KEPT = `l.status < ${LEAST_REMOVED}`;
/** The messages to a target, as if they were deliveries. */
const TO_TARGET =
  '(SELECT mid, 0 AS status, target AS device FROM messages INDEXED BY messages_by_target WHERE target = ?2) AS l CROSS JOIN messages AS m ON m.mid = l.mid';

/** The deliveries of a page: of the device or target ?2, from the mid ?1 on, at most ?3. */
const PAGES = {
  unsettled: `l.mid > max(?1, (SELECT settled_upto FROM devices WHERE id = ?2)) AND l.device = ?2
    AND l.status ${UNSETTLED} ORDER BY l.mid LIMIT ?3`,
  history: `l.mid > ?1 AND l.device = ?2 AND ${KEPT} ORDER BY l.mid LIMIT ?3`,
  recent: `l.mid < ?1 AND l.device = ?2 AND ${KEPT} ORDER BY l.mid DESC LIMIT ?3`,
  target: 'l.mid > ?1 ORDER BY l.mid LIMIT ?3',
  targetRecent: 'l.mid < ?1 ORDER BY l.mid DESC LIMIT ?3',
} as const;

/**
 * A page in one row, since libsql takes microseconds for each: its deliveries as arrays in JSON, with the texts of those
 * messages that have at most ?4 bytes. SQLite reads a length without reading the text.
 */
const page = (kind: keyof typeof PAGES, from = DELIVERIES) =>
  `SELECT CAST(group_concat(json_array(mid, status, bytes, first, created_at, lifetime, text)) AS BLOB)
     FROM (
       SELECT l.mid AS mid, l.status AS status, octet_length(m.json) AS bytes,
           CASE WHEN octet_length(m.json) <= ${MAX_PACKED_BYTES} THEN unicode(m.json) END AS first,
           CAST(m.created_at AS INTEGER) AS created_at, CAST(${LIFETIME} AS INTEGER) AS lifetime,
           CASE WHEN octet_length(m.json) <= ?4 THEN m.json END AS text
         FROM ${from}
         WHERE ${PAGES[kind]})`;

/** Something damaged has no status of any version, and must not be read as a text. */
const STATUS = `iif(typeof(l.status) = 'integer', l.status, -1)`;

/** The same without reading the messages, for a page that holds something damaged. */
const keys = (kind: keyof typeof PAGES, from = 'deliveries AS l INDEXED BY deliveries_by_device') =>
  `SELECT l.mid, ${STATUS} FROM ${from} WHERE ${PAGES[kind]}`;

/**
 * How many of its newest deliveries to search for the last one that a device received. It is above the default bound on
 * waiting messages, and takes about four milliseconds at worst.
 */
export const LOOK_BACK = 10_500;

/** How many rows one statement writes. */
export const MESSAGES_AT_ONCE = 16;
export const DELIVERIES_AT_ONCE = 32;

/** A message that is there stays: after a crash, some may come again from the journal. */
const putMessages = (count: number) =>
  `INSERT INTO messages (mid, json, created_at, lifetime, target) VALUES ${Array(count).fill('(?, ?, ?, ?, ?)').join()}
     ON CONFLICT DO NOTHING`;
const SET_STATUS = 'ON CONFLICT (mid, device) DO UPDATE SET status = excluded.status';
const putDeliveries = (count: number) =>
  `INSERT INTO deliveries (mid, device, status) VALUES ${Array(count).fill('(?, ?, ?)').join()} ${SET_STATUS}`;

/** A page of the list ?2 of the collection ?1, at most ?7 documents that have not expired at ?6. */
const list = (where: string, order: '' | 'DESC') =>
  `SELECT p.place, CAST(p.id AS BLOB), d.version, CAST(d.value AS BLOB)
     FROM document_places AS p CROSS JOIN documents AS d ON d.version = p.document
     WHERE p.collection = ?1 AND p.list = ?2 AND ${where} AND (d.expires_at IS NULL OR d.expires_at > ?6)
     ORDER BY p.place ${order}, p.id ${order} LIMIT ?7`;

/** A prepared statement; rows come as arrays. */
export type Statement = Pick<PreparedStatement, 'run' | 'all'>;

/** Prepares all statements. */
export function prepareStatements(db: Database) {
  const write = (sql: string): Statement => db.prepare(sql);
  const read = (sql: string): Statement => db.prepare(sql).raw();
  return {
    putMessage: write(putMessages(1)),
    putMessages: write(putMessages(MESSAGES_AT_ONCE)),
    putDelivery: write(putDeliveries(1)),
    putDeliveries: write(putDeliveries(DELIVERIES_AT_ONCE)),
    putGroup: write(
      `INSERT INTO deliveries (mid, device, status) SELECT ?, value, ? FROM json_each(?) WHERE true ${SET_STATUS}`,
    ),
    status: read(`SELECT ${STATUS} FROM deliveries AS l WHERE l.mid = ? AND l.device = ?`),
    // In one row, since libsql takes microseconds for each.
    statuses: read(
      `SELECT CAST(json_group_array(json_array(l.mid, l.device, ${STATUS})) AS BLOB) FROM json_each(?) AS j
         CROSS JOIN deliveries AS l ON l.mid = j.value ->> 0 AND l.device = j.value ->> 1`,
    ),
    addDevice: write('INSERT INTO devices (name, settled_upto) VALUES (?, 0)'),
    clockMark: read(`SELECT value FROM meta WHERE name = 'clock'`),
    keepClockMark: write(`INSERT OR REPLACE INTO meta (name, value) VALUES ('clock', ?)`),
    moveTimes: write(
      `UPDATE messages AS m SET created_at = ${CREATED_AT} + ?1
         WHERE m.mid > ?2 AND NOT (m.mid > ?3 AND ${CREATED_AT} BETWEEN ?4 AND ?5)`,
    ),
    extendLives: write(
      `UPDATE messages AS m SET lifetime = ${LIFETIME} + ?1
         WHERE m.mid <= ?2 AND m.mid IN (SELECT l.mid FROM devices AS d CROSS JOIN ${UNSETTLED_OF_D})`,
    ),
    moveSpans: write(
      `INSERT INTO spans (kind, bucket, first, last)
         SELECT kind, bucket + o.buckets, max(first, ?2), last
           FROM spans CROSS JOIN (SELECT ?1 AS buckets UNION ALL SELECT ?1 + 1) AS o WHERE last >= ?2 AND kind >= ?3
         ON CONFLICT DO UPDATE SET first = min(first, excluded.first), last = max(last, excluded.last)`,
    ),
    keepLastMid: write(`UPDATE meta SET value = ? WHERE name = 'last_mid'`),
    keepApplied: write(`UPDATE meta SET value = ? WHERE name = 'applied'`),
    advance: write(
      `UPDATE devices AS d SET settled_upto = max(settled_upto, coalesce(
         (SELECT l.mid - 1 FROM deliveries AS l INDEXED BY deliveries_by_device
          WHERE l.device = d.id AND l.mid > d.settled_upto AND l.status ${UNSETTLED} ORDER BY l.mid LIMIT 1),
         (SELECT max(l.mid) FROM deliveries AS l WHERE l.device = d.id), 0))
       WHERE d.id = ?`,
    ),
    devices: read('SELECT id, CAST(name AS BLOB) FROM devices'),
    lastMid: read(`SELECT value FROM meta WHERE name = 'last_mid'`),
    unsettled: read(page('unsettled')),
    history: read(page('history')),
    recent: read(page('recent')),
    unsettledKeys: read(keys('unsettled')),
    historyKeys: read(keys('history')),
    recentKeys: read(keys('recent')),
    target: read(page('target', TO_TARGET)),
    targetRecent: read(page('targetRecent', TO_TARGET)),
    targetKeys: read(keys('target', TO_TARGET)),
    targetRecentKeys: read(keys('targetRecent', TO_TARGET)),
    targets: read('SELECT id, CAST(name AS BLOB) FROM targets'),
    addTarget: write('INSERT INTO targets (name) VALUES (?)'),
    emptyTargets: read(
      `SELECT t.id, CAST(t.name AS BLOB) FROM targets AS t
         WHERE NOT EXISTS (SELECT 1 FROM messages INDEXED BY messages_by_target WHERE target = t.id)`,
    ),
    removeTarget: write('DELETE FROM targets WHERE id = ?'),
    ofKey: read('SELECT mid FROM labels INDEXED BY labels_by_key WHERE keyed = ? ORDER BY mid DESC LIMIT ?'),
    unlistTarget: write('UPDATE messages SET target = NULL WHERE mid = ?'),
    unlistKey: write('UPDATE labels SET keyed = NULL WHERE mid = ?'),
    removeDelivery: write(
      `UPDATE deliveries SET status = CASE status ${[...REMOVED].map(([from, to]) => `WHEN ${from} THEN ${to}`).join(' ')} END
         WHERE mid = ? AND device = ? AND status IN (${[...REMOVED.keys()].join()})`,
    ),
    texts: read(
      `SELECT CAST(group_concat(json_array(m.mid, m.json)) AS BLOB)
         FROM json_each(?) AS j CROSS JOIN messages AS m ON m.mid = j.value`,
    ),
    message: read(
      `SELECT CAST(m.json AS BLOB), CAST(m.created_at AS INTEGER), CAST(${LIFETIME} AS INTEGER)
         FROM messages AS m WHERE m.mid = ?`,
    ),
    latest: read('SELECT mid FROM messages WHERE mid < ? ORDER BY mid DESC LIMIT ?'),
    ofNumber: read('SELECT mid FROM labels WHERE number = ?'),
    addLabels: write('INSERT INTO labels (mid, number, keyed) VALUES (?, ?, ?)'),
    recipients: read('SELECT device, status FROM deliveries WHERE mid = ? ORDER BY device'),
    lastReceived: read(
      `SELECT l.mid, coalesce(m.created_at, l.mid) FROM (
         SELECT mid, status FROM deliveries INDEXED BY deliveries_by_device
           WHERE device = ? ORDER BY mid DESC LIMIT ${LOOK_BACK}
       ) AS l CROSS JOIN messages AS m ON m.mid = l.mid
       WHERE l.status IN (${RECEIVED_CODES}) LIMIT 1`,
    ),
    markRead: write('INSERT OR IGNORE INTO reads (mid) SELECT mid FROM messages WHERE mid = ?'),
    areRead: read('SELECT r.mid FROM json_each(?) AS j CROSS JOIN reads AS r ON r.mid = j.value'),
    reads: read('SELECT seq, mid FROM reads WHERE seq > ? ORDER BY seq LIMIT ?'),
    pendingLeaves: read('SELECT app, name FROM owed_ends'),
    addPendingLeave: write('INSERT OR IGNORE INTO owed_ends (app, name) VALUES (?, ?)'),
    removePendingLeave: write('DELETE FROM owed_ends WHERE app = ? AND name = ?'),
    forgetPendingLeaves: write('DELETE FROM owed_ends WHERE app = ?'),
    reports: read(
      `SELECT seq, app, address, hook, request, channels, accepted_at, length(CAST(body AS BLOB)) FROM app_reports
         ORDER BY coalesce(place, seq), seq`,
    ),
    reportBody: read('SELECT body FROM app_reports WHERE seq = ?'),
    addReport: write(
      `INSERT INTO app_reports (place, app, address, hook, request, channels, accepted_at, body)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    removeReport: write('DELETE FROM app_reports WHERE seq = ?'),
    forgetReports: write('DELETE FROM app_reports WHERE app = ?'),
    document: read(
      `SELECT version, CAST(expires_at AS INTEGER), CAST(value AS BLOB) FROM documents WHERE collection = ? AND id = ?`,
    ),
    addDocument: write('INSERT INTO documents (collection, id, value, expires_at) VALUES (?, ?, ?, ?)'),
    removeDocument: write('DELETE FROM documents WHERE collection = ? AND id = ?'),
    expiredDocument: read('SELECT version FROM documents WHERE expires_at <= ? LIMIT 1'),
    expireDocuments: write(
      `DELETE FROM documents WHERE version IN
         (SELECT version FROM documents WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)`,
    ),
    addPlace: write('INSERT INTO document_places (collection, list, place, id, document) VALUES (?, ?, ?, ?, ?)'),
    countList: read('SELECT count FROM document_counts WHERE collection = ? AND list = ?'),
    listUp: read(list('(p.place, p.id) > (?3, ?4) AND p.place <= ?5', '')),
    listDown: read(list('(p.place, p.id) < (?3, ?4) AND p.place >= ?5', 'DESC')),
    queued: read(
      `SELECT d.id, count(*) FROM devices AS d CROSS JOIN ${UNSETTLED_OF_D} WHERE d.name IS NOT NULL GROUP BY d.id`,
    ),
    // A delivery whose message is lost has no time, and has to end, too.
    overdue: read(
      `SELECT l.mid, d.id, l.status
         FROM devices AS d CROSS JOIN ${UNSETTLED_OF_D} AND l.mid BETWEEN ?1 AND ?2
         LEFT JOIN messages AS m ON m.mid = l.mid
         WHERE d.name IS NOT NULL AND (m.mid IS NULL OR ${CREATED_AT} + ${LIFETIME} < ?3) LIMIT ?4`,
    ),
    addSpan: write(
      `INSERT INTO spans (kind, bucket, first, last) VALUES (?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET first = min(first, excluded.first), last = max(last, excluded.last)`,
    ),
    spans: read('SELECT bucket, first, last FROM spans WHERE kind = ? AND bucket <= ? ORDER BY bucket LIMIT ?'),
    removeSpan: write('DELETE FROM spans WHERE kind = ? AND bucket = ?'),
    expireDeliveries: write(
      `DELETE FROM deliveries WHERE (mid, device) IN
         (SELECT l.mid, l.device FROM deliveries AS l LEFT JOIN messages AS m ON m.mid = l.mid
            WHERE l.mid BETWEEN ? AND ? AND (m.mid IS NULL OR ${CREATED_AT} < ?) ORDER BY l.mid, l.device LIMIT ?)`,
    ),
    expireMessages: write(
      `DELETE FROM messages WHERE mid IN
         (SELECT m.mid FROM messages AS m WHERE m.mid BETWEEN ? AND ? AND ${CREATED_AT} < ? ORDER BY m.mid LIMIT ?)`,
    ),
    forgetDevice: write('UPDATE devices SET name = NULL WHERE id = ?'),
    midsOf: read('SELECT mid FROM deliveries WHERE device = ? ORDER BY mid LIMIT ?'),
    removeDeliveries: write('DELETE FROM deliveries WHERE device = ? AND mid <= ?'),
    removeOrphans: write(
      `DELETE FROM messages WHERE mid IN (SELECT value FROM json_each(?))
       AND NOT EXISTS (SELECT 1 FROM deliveries AS l WHERE l.mid = messages.mid)`,
    ),
    removeDevice: write('DELETE FROM devices WHERE id = ?'),
  };
}

/** All of them. */
export type Statements = ReturnType<typeof prepareStatements>;
