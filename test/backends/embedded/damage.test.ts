import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { createDamage, type Damage } from '../../../server/backends/embedded/damage.ts';
import type { EmbeddedMessageLog } from '../../../server/backends/embedded/message-log.ts';
import { openDatabase, readNumber } from '../../../server/backends/embedded/schema.ts';
import type { Database } from '../../../server/backends/embedded/sqlite.ts';
import { type LogLine, recordingLogger } from '../../support/recording-logger.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { openLog } from '../embedded-harness.ts';
import { brief, message, wire } from '../harness.ts';

let dir: string;
let db: Database;
let log: EmbeddedMessageLog;
let lines: LogLine[];
let damage: Damage;

async function openAll(): Promise<void> {
  const recording = recordingLogger();
  lines = recording.lines;
  db = await openDatabase(dir);
  damage = createDamage(recording.logger);
  log = openLog(db, damage);
}

beforeEach(async () => {
  dir = await tempDir();
  await openAll();
  for (const mid of [1, 2, 3]) await log.append(message(mid, 'grüße'), ['phone', 'tablet']);
});
afterEach(() => log.close());

/** The text of the second message as SQL makes it. */
function rewrite(sql: string): void {
  db.exec(`UPDATE messages SET json = ${sql} WHERE mid = 2`);
}

const GOOD = JSON.stringify(wire(2, 'grüße'));
const text = (value: string) => `'${value.replaceAll("'", "''")}'`;
/** Of a letter of two bytes, the second one with a bit that makes the text no UTF-8 any more. */
const FLIPPED = Buffer.from(GOOD).toString('hex').replace('c3bc', 'c33c');

const DAMAGE: [string, string][] = [
  ['null', text('null')],
  ['nothing', text('')],
  ['a number', '7'],
  ['a list', text('[]')],
  ['JSON that was cut', text(GOOD.slice(0, -5))],
  ['JSON with a flipped bit', text(GOOD.replace('"message":{', '"message":['))],
  ['the text of another message', text(GOOD.replace('"mid":"2"', '"mid":"3"'))],
  ['a mid that is no text', text(GOOD.replace('"mid":"2"', '"mid":2'))],
  ['a text that is no text', text(GOOD.replace('"grüße"', '5'))],
  ['extras that are no object', text(GOOD.replace('"extra":{}', '"extra":null'))],
  ['bytes that are not UTF-8', `CAST(x'${FLIPPED}' AS TEXT)`],
  ['bytes of no text at all', "x'00ff00ff'"],
];

describe('a message that cannot be read', () => {
  for (const [name, sql] of DAMAGE) {
    it(`is skipped and told when it holds ${name}`, async () => {
      rewrite(sql);
      const page = await log.unsettled('phone', '0', { limit: 9 });
      expect(brief(page.deliveries)).to.deep.equal(['1 ready', '3 ready']);
      expect([page.damaged, page.more]).to.deep.equal([['2'], false]);
      const history = await log.history('phone', '0', { limit: 9 });
      expect(brief(history.entries)).to.deep.equal(['1 ready', '3 ready']);
      expect(history).to.deep.include({ last: '3', more: false });
      expect(brief((await log.recent('phone', '9', { limit: 9 })).entries)).to.deep.equal(['3 ready', '1 ready']);
      expect(await log.find('2')).to.equal(undefined);
      expect(damage.rows()).to.equal(1);
      expect(lines.map(({ level, facts }) => [level, facts])).to.deep.equal([['error', { mid: '2' }]]);
      expect(JSON.stringify(lines)).not.to.include('grüße');
    });
  }

  it('can be failed like any other, and expires', async () => {
    rewrite("'null'");
    expect(await log.record('2', 'phone', 'failed')).to.equal(true);
    expect((await log.unsettled('phone', '0', { limit: 9 })).damaged).to.deep.equal([]);
    expect(await log.expire(4)).to.equal(3);
    expect(readNumber(db, 'SELECT count(*) FROM deliveries')).to.equal(0);
  });

  it('is told also when its row is gone, and its deliveries end', async () => {
    db.exec('DELETE FROM messages WHERE mid = 2');
    expect((await log.unsettled('phone', '0', { limit: 9 })).damaged).to.deep.equal(['2']);
    expect(await log.overdue(3, 9)).to.deep.equal([]);
    const overdue = await log.overdue(Number.MAX_SAFE_INTEGER, 9);
    expect(overdue.filter(({ mid }) => mid === '2')).to.have.length(2);
    expect(await log.expire(4)).to.equal(2);
    expect(readNumber(db, 'SELECT count(*) FROM deliveries')).to.equal(0);
  });

  it('ends a page without hiding what comes after', async () => {
    rewrite("'null'");
    const first = await log.history('phone', '1', { limit: 1 });
    expect(first).to.deep.equal({ entries: [], last: '2', more: true });
    expect(brief((await log.history('phone', first.last, { limit: 1 })).entries)).to.deep.equal(['3 ready']);
  });

  for (const value of ["'ready'", "x'00ff'", '9e999', "CAST(x'c3' AS TEXT)"]) {
    it(`is skipped or given without its times, and takes no other with it, when its numbers are ${value}`, async () => {
      db.exec(`UPDATE deliveries SET status = ${value} WHERE mid = 2`);
      db.exec(`UPDATE messages SET created_at = ${value}, lifetime = ${value} WHERE mid = 3`);
      const page = await log.history('phone', '0', { limit: 9 });
      expect(page.entries.map(({ mid }) => mid))
        .to.include('1')
        .and.not.include('2');
      for (const { createdAt, expiresAt } of page.entries) expect(createdAt + expiresAt).to.be.a('number');
      const { deliveries } = await log.unsettled('phone', '0', { limit: 9 });
      expect(brief(deliveries)).to.include('1 ready');
    });
  }

  it('is skipped with a status that no version knows', async () => {
    db.exec(`UPDATE deliveries SET status = 99 WHERE mid = 2`);
    expect(brief((await log.history('phone', '0', { limit: 9 })).entries)).to.deep.equal(['1 ready', '3 ready']);
    expect(await log.find('2')).to.equal(undefined);
    expect((await log.find('3'))?.statuses.size).to.equal(2);
  });

  it('does not keep the relay from starting when the name of a device is not UTF-8', async () => {
    db.exec(`UPDATE devices SET name = CAST(x'70c3' AS TEXT) WHERE name = 'tablet'`);
    log.close();
    await openAll();
    expect(brief((await log.unsettled('phone', '0', { limit: 9 })).deliveries)).to.have.length(3);
    expect([...(await log.queued()).values()]).to.deep.equal([3, 3]);
  });

  it('takes only those with it that lie on the same damaged page of the file', async () => {
    for (const mid of [4, 5, 6]) await log.append(message(mid, 'x'.repeat(200_000)), ['phone']);
    await log.append(message(7), ['phone']);
    log.close();
    const before = await openDatabase(dir);
    const [[page]] = before
      .prepare("SELECT pageno FROM dbstat WHERE name = 'messages' AND pagetype = 'overflow' ORDER BY pageno LIMIT 1")
      .raw()
      .all() as [[number]];
    before.close();
    const file = await open(join(dir, 'messages.db'), 'r+');
    // The number of the next page of the chain.
    await file.write(Buffer.from('ffffffff', 'hex'), 0, 4, (page - 1) * 4096);
    await file.close();
    await openAll();
    const read = await log.unsettled('phone', '0', { limit: 99 });
    expect(read.deliveries.length + read.damaged.length).to.equal(7);
    expect(read.damaged).to.have.length(1);
    expect(brief((await log.history('phone', '0', { limit: 99 })).entries)).to.have.length(6);
  });
});
