// The data directory as an archive that is read or filled, for a move to or from another kind of backend.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { flushName, writeFlushed } from '../../base/files.ts';
import { silentLogger } from '../../base/logger.ts';
import { type ArchiveSource, type ArchiveTarget, putAll, removeAll } from '../archive.ts';
import { documentsIn } from './document-rows.ts';
import { openEmbedded } from './index.ts';
import { sqlite } from './installed-sqlite.ts';
import { KEYS_FILE, REGISTRY_FILE } from './registry.ts';
import { LOG_FILE } from './schema.ts';

/** Messages or marks of one page. */
const PAGE = 200;

/** Reads a directory that was just restored: everything is in its tables and documents. */
export async function readDirectory(dir: string): Promise<ArchiveSource & { close(): Promise<void> }> {
  const backend = await openEmbedded({ dir, logger: silentLogger });
  const { log, appReports, pendingLeaves, devices, apps, keys, revocations } = backend;
  return {
    async registry() {
      const made = JSON.parse(await readFile(join(dir, KEYS_FILE), 'utf8')) as { secrets: Record<string, string> };
      return {
        devices: await devices.load(),
        apps: await apps.load(),
        keys: await keys.load(),
        revoked: await revocations.load(),
        secrets: new Map(Object.entries(made.secrets)),
        lastMid: backend.times.lastMid(),
      };
    },
    async *messages() {
      const db = sqlite().open(join(dir, LOG_FILE));
      try {
        const next = db.prepare('SELECT mid FROM messages WHERE mid > ? ORDER BY mid LIMIT ?').raw();
        for (let last = 0; ; ) {
          const mids = (next.all([last, PAGE]) as [number][]).flat();
          if (mids.length === 0) return;
          const found = await Promise.all(mids.map((mid) => log.find(String(mid))));
          yield found.filter((message) => message !== undefined);
          last = mids.at(-1) ?? last;
        }
      } finally {
        db.close();
      }
    },
    async *reads() {
      for (let cursor = 0; ; ) {
        const page = await log.reads(cursor, PAGE);
        if (page.mids.length === 0) return;
        yield page.mids;
        cursor = page.cursor;
      }
    },
    async *reports() {
      for (const report of await appReports.load()) {
        const body = await appReports.body(report);
        if (body !== undefined) yield [{ ...report, body }];
      }
    },
    leaves: () => pendingLeaves.load(),
    async *documents() {
      const db = sqlite().open(join(dir, LOG_FILE));
      try {
        yield* documentsIn(db);
      } finally {
        db.close();
      }
    },
    lastMid: async () => backend.times.lastMid(),
    close: () => backend.close(),
  };
}

/** Fills an empty directory. It is closed after `finish`, or by `close`. */
export async function fillDirectory(dir: string): Promise<ArchiveTarget & { close(): Promise<void> }> {
  const backend = await openEmbedded({ dir, logger: silentLogger, maxFeeds: Number.MAX_SAFE_INTEGER });
  const { log, appReports, pendingLeaves, documents } = backend;
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= backend.close();
    return closing;
  };
  return {
    async begin() {},
    async messages(page) {
      await Promise.all(page.map(({ message, statuses }) => log.append(message, [...statuses.keys()])));
      const changes = page.flatMap(({ message: { mid }, statuses }) =>
        [...statuses].map(([device, status]) => log.record(mid, device, status)),
      );
      await Promise.all(changes);
      await removeAll(log, page);
    },
    reads: async (page) => void (await log.markRead(page)),
    reports: async (page) => void (await Promise.all(page.map(appReports.add))),
    leaves: async (leaves) => void (await Promise.all(leaves.map(pendingLeaves.add))),
    documents: (page) => putAll(documents, page),
    async finish({ devices, apps, keys, revoked, secrets, lastMid }) {
      await close();
      const db = sqlite().open(join(dir, LOG_FILE));
      db.prepare(`UPDATE meta SET value = max(value, ?) WHERE name = 'last_mid'`).run([Number(lastMid)]);
      db.close();
      const documents = {
        [REGISTRY_FILE]: { version: 1, devices, apps, keys, revoked: Object.fromEntries(revoked) },
        [KEYS_FILE]: { version: 1, secrets: Object.fromEntries(secrets) },
      };
      for (const [name, content] of Object.entries(documents)) {
        await writeFlushed(join(dir, name), `${JSON.stringify(content, null, 2)}\n`);
      }
      await flushName(join(dir, KEYS_FILE));
    },
    close,
  };
}
