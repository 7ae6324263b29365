// Every statement of the message log, prepared once.
import type Database from 'libsql';
import type { Status } from '../../../shared/status.ts';
import { codeOf, codesBelow, RECEIVED_CODES, STATUSES, UNSETTLED_CODES } from './statuses.ts';

/** Unsettled deliveries of the device `d`; its cursor keeps the range short. */
const UNSETTLED_OF_D = `deliveries AS l INDEXED BY deliveries_by_device
  ON l.device = d.id AND l.mid > d.settled_upto AND l.status IN (${UNSETTLED_CODES})`;

/**
 * How many of its newest deliveries are searched for the last that a device received: more than wait for it unless the
 * operator raised that bound, and about four milliseconds at worst.
 */
export const LOOK_BACK = 10_500;

const READY = codeOf('ready');

/** A prepared statement; rows come as arrays. */
export interface Statement {
  run(params: readonly unknown[]): { readonly changes: number; readonly lastInsertRowid: number | bigint };
  all(params?: readonly unknown[]): unknown[];
}

/** Prepares them. */
export function prepareStatements(db: Database.Database) {
  const write = (sql: string): Statement => db.prepare(sql);
  const read = (sql: string): Statement => db.prepare(sql).raw();
  const raise = new Map<Status, Statement>();
  for (const status of STATUSES) {
    const below = codesBelow(status);
    if (below === '') continue;
    const sql = `UPDATE deliveries SET status = ${codeOf(status)} WHERE mid = ? AND device = ? AND status IN (${below})`;
    raise.set(status, write(sql));
  }
  return {
    raise,
    retract: write(`UPDATE deliveries SET status = ${READY} WHERE mid = ? AND device = ? AND status = ?`),
    addMessage: write('INSERT INTO messages (mid, json) VALUES (?, ?)'),
    addDelivery: write(`INSERT INTO deliveries (mid, device, status) VALUES (?, ?, ${READY})`),
    addDeliveries: write(`INSERT INTO deliveries (mid, device, status) SELECT ?, value, ${READY} FROM json_each(?)`),
    addDevice: write('INSERT INTO devices (name, settled_upto) VALUES (?, 0)'),
    keepLastMid: write(`UPDATE meta SET value = ? WHERE name = 'last_mid'`),
    advance: write(
      `UPDATE devices AS d SET settled_upto = max(settled_upto, coalesce(
         (SELECT l.mid - 1 FROM deliveries AS l INDEXED BY deliveries_by_device
          WHERE l.device = d.id AND l.mid > d.settled_upto AND l.status IN (${UNSETTLED_CODES}) ORDER BY l.mid LIMIT 1),
         (SELECT max(l.mid) FROM deliveries AS l WHERE l.device = d.id), 0))
       WHERE d.id = ?`,
    ),
    devices: read('SELECT id, name FROM devices'),
    lastMid: read(`SELECT value FROM meta WHERE name = 'last_mid'`),
    unsettled: read(
      `SELECT l.mid, l.status, octet_length(m.json) FROM deliveries AS l INDEXED BY deliveries_by_device
         CROSS JOIN messages AS m ON m.mid = l.mid
         WHERE l.mid > max(?1, (SELECT settled_upto FROM devices WHERE id = ?2)) AND l.device = ?2
           AND l.status IN (${UNSETTLED_CODES}) ORDER BY l.mid LIMIT ?3`,
    ),
    messages: read('SELECT m.mid, m.json FROM json_each(?) AS j CROSS JOIN messages AS m ON m.mid = j.value'),
    history: read(
      `SELECT l.status, m.json FROM deliveries AS l INDEXED BY deliveries_by_device
         CROSS JOIN messages AS m ON m.mid = l.mid WHERE l.mid > ? AND l.device = ? ORDER BY l.mid LIMIT ?`,
    ),
    recent: read(
      `SELECT l.status, m.json FROM deliveries AS l INDEXED BY deliveries_by_device
         CROSS JOIN messages AS m ON m.mid = l.mid WHERE l.mid < ? AND l.device = ? ORDER BY l.mid DESC LIMIT ?`,
    ),
    message: read('SELECT json FROM messages WHERE mid = ?'),
    recipients: read(
      `SELECT d.name, l.status FROM deliveries AS l CROSS JOIN devices AS d ON d.id = l.device
         WHERE l.mid = ? AND d.name IS NOT NULL ORDER BY l.device`,
    ),
    lastReceived: read(
      `SELECT mid FROM (
         SELECT mid, status FROM deliveries INDEXED BY deliveries_by_device
           WHERE device = ? ORDER BY mid DESC LIMIT ${LOOK_BACK}
       ) WHERE status IN (${RECEIVED_CODES}) LIMIT 1`,
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
    queued: read(
      `SELECT d.name, count(*) FROM devices AS d CROSS JOIN ${UNSETTLED_OF_D} WHERE d.name IS NOT NULL GROUP BY d.id`,
    ),
    overdue: read(
      `SELECT l.mid, d.name, l.status FROM devices AS d CROSS JOIN ${UNSETTLED_OF_D} AND l.mid < ?
         WHERE d.name IS NOT NULL LIMIT ?`,
    ),
    expireDeliveries: write(
      `DELETE FROM deliveries WHERE (mid, device) IN
         (SELECT mid, device FROM deliveries WHERE mid < ? ORDER BY mid, device LIMIT ?)`,
    ),
    expireMessages: write(
      'DELETE FROM messages WHERE mid IN (SELECT mid FROM messages WHERE mid < ? ORDER BY mid LIMIT ?)',
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
