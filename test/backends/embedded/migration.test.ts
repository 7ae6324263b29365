import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import Database from 'libsql';
import { backupEmbedded, openEmbedded, restoreEmbedded } from '../../../server/backends/embedded/index.ts';
import { APPLICATION_ID, MIGRATIONS } from '../../../server/backends/embedded/schema.ts';
import { silentLogger } from '../../../server/base/logger.ts';
import { toWire } from '../../../shared/message.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { brief, message } from '../harness.ts';

const DAY = 86_400_000;
const TTL = 5 * DAY;
/** The mid, and so the time, of the first message. */
const FIRST = 1_795_298_858_174;
const MIDS = [FIRST, FIRST + 1, FIRST + DAY, FIRST + 3 * DAY];

let dir: string;
/** The texts as the version before wrote them, by mid. */
let texts: Map<number, string>;
const open = (at = dir) => openEmbedded({ dir: at, logger: silentLogger, messageTtl: TTL });

/** A data directory as the version before left it. */
beforeEach(async () => {
  dir = join(await tempDir(), 'data');
  await mkdir(dir);
  const db = new Database(join(dir, 'messages.db'));
  db.exec(await readFile(new URL('version-3.sql', import.meta.url), 'utf8'));
  db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = 3`);
  texts = new Map(db.prepare('SELECT mid, json FROM messages').raw().all() as [number, string][]);
  db.close();
  const device = (name: string) => ({ name, groups: ['home'], routes: { websocket: {} }, secured: true, createdAt: 1 });
  const registry = { version: 1, devices: ['phone', 'tablet'].map(device), apps: [], revoked: {} };
  await writeFile(join(dir, 'registry.json'), JSON.stringify(registry));
  await writeFile(join(dir, 'keys.json'), '{"version":1,"secrets":{"token":"kept"}}');
});

describe('a data directory of the version that took times out of mids', () => {
  it('keeps every message as it was, with the time of its mid', async () => {
    const { log, secrets, close } = await open();
    const { entries } = await log.history('phone', '0', { limit: 9 });
    expect(brief(entries)).to.deep.equal([`${FIRST} ok`, `${FIRST + 1} ready`, `${FIRST + DAY} ready`]);
    for (const { mid, createdAt, expiresAt, text } of entries) {
      expect(String(text)).to.equal(texts.get(Number(mid)));
      expect([createdAt, expiresAt]).to.deep.equal([Number(mid), Number(mid) + TTL]);
    }
    expect(await secrets.get('token', () => 'new')).to.equal('kept');
    expect(log.lastMid()).to.equal(String(FIRST + 4 * DAY));
    expect((await log.reads(0, 9)).mids).to.deep.equal([String(FIRST)]);
    await close();
  });

  it('reads the content of messages that wait, and gives them back byte for byte', async () => {
    const { log, close } = await open();
    const { deliveries, damaged } = await log.unsettled('phone', '0', { limit: 9 });
    expect(damaged).to.deep.equal([]);
    const [dinner, long] = deliveries.map((one) => one.message);
    expect(dinner?.content).to.deep.include({
      title: 'Dinner 🍜',
      priority: 4,
      tags: ['warning', 'disk'],
      click: 'weixin://x',
      extra: { z: 1, a: [null] },
    });
    expect(long?.content).to.deep.include({ key: '7', actions: [{ kind: 'copy', label: '42', text: '42' }] });
    for (const one of [dinner, long]) {
      expect(one && JSON.stringify(toWire(one))).to.equal(texts.get(Number(one?.mid)));
    }
    await close();
  });

  it('lets them expire by the time to live of the config, and be deleted by their age', async () => {
    const { log, close } = await open();
    expect(await log.overdue(FIRST + TTL + 1, 9)).to.deep.equal([]);
    const due = (await log.overdue(FIRST + TTL + 2, 9)).map(({ device, status }) => `${device} ${status}`);
    expect(due).to.have.members(['phone ready', 'tablet webpush-ok']);
    expect(await log.overdue(FIRST + TTL + 4 * DAY, 9)).to.have.length(4);
    expect(await log.expire(FIRST + 2 * DAY)).to.equal(3);
    expect(brief((await log.history('tablet', '0', { limit: 9 })).entries)).to.deep.equal([`${FIRST + 3 * DAY} ready`]);
    expect((await log.reads(0, 9)).mids).to.deep.equal([]);
    await close();
  });

  it('goes on with messages of this version, whose times need not be their mids', async () => {
    const before = await open();
    const mid = FIRST + 5 * DAY;
    const times = { createdAt: FIRST - DAY, expiresAt: FIRST + 60_000 };
    await before.log.append(message(mid, 'new', times), ['phone']);
    await before.close();
    const { log, close } = await open();
    const [entry] = (await log.recent('phone', '9'.repeat(15), { limit: 1 })).entries;
    expect(entry).to.include({ mid: String(mid), ...times });
    expect((await log.overdue(FIRST + 60_001, 9)).map((one) => one.mid)).to.deep.equal([String(mid)]);
    expect(await log.expire(FIRST)).to.equal(1);
    expect(await log.expire(FIRST)).to.equal(0);
    await close();
  });

  it('can be backed up before the upgrade and restored after it', async () => {
    const [file, target] = [join(dir, 'backup.db'), join(dir, 'target')];
    await backupEmbedded(dir, file);
    await restoreEmbedded(file, target);
    const { log, close } = await open(target);
    expect((await log.history('phone', '0', { limit: 9 })).entries).to.have.length(MIDS.length - 1);
    await close();
    const db = new Database(join(target, 'messages.db'));
    expect(db.prepare('PRAGMA user_version').raw().all()).to.deep.equal([[MIGRATIONS.length]]);
    db.close();
  });
});
