// Reports to apps over the start and the end of a whole relay.
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { expect } from 'chai';
import Database from 'libsql';
import { addressOf } from '../../server/app-webhooks/request.ts';
import { KEYS_FILE, REGISTRY_FILE } from '../../server/backends/embedded/registry.ts';
import { APPLICATION_ID, LOG_FILE, migrate } from '../../server/backends/embedded/schema.ts';
import { configured, pusherWorld, wire } from '../dialects/pusher/helpers.ts';
import { onCleanup } from '../support/cleanup.ts';
import { eventually } from '../support/eventually.ts';
import { tempDir } from '../support/temp-dir.ts';
import { World } from '../world.ts';
import { receiver } from './receiver.ts';

/** The version of the database in which reports were messages for devices called hook/…. */
const VERSION_BEFORE = 3;

describe('a relay on the data of the version before', () => {
  it('delivers the reports that wait there', async () => {
    const hooks = await receiver();
    const hook = { url: hooks.url, events: ['channel_occupied'], batch: false };
    const dir = await tempDir();
    await writeFile(join(dir, LOG_FILE), '');
    await writeFile(join(dir, REGISTRY_FILE), '{"version":1,"devices":[],"apps":[],"revoked":{}}');
    await writeFile(join(dir, KEYS_FILE), '{"version":1,"secrets":{}}');
    const db = new Database(join(dir, LOG_FILE));
    db.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
    migrate(db, VERSION_BEFORE);
    const events = [{ name: 'channel_occupied', channel: 'a' }];
    const name = `hook/1/${addressOf(hook)}`;
    const mid = Date.now();
    const text = JSON.stringify({ time_ms: mid, events });
    const message = {
      sendType: 'personal',
      target: name,
      from: { method: 'http', name: '' },
      message: { text, desp: '', extra: { nth: 0, id: 'i' } },
      mid: String(mid),
    };
    db.prepare('INSERT INTO messages VALUES (?, ?)').run([mid, JSON.stringify(message)]);
    db.prepare('INSERT INTO devices VALUES (1, ?, 0)').run([name]);
    db.prepare('INSERT INTO deliveries VALUES (?, 1, 2)').run([mid]);
    db.exec(`UPDATE meta SET value = ${mid} WHERE name = 'last_mid'`);
    db.close();
    const relay = new World(dir, { config: { apps: [configured({ webhooks: [hook] })] } });
    onCleanup(() => relay.stop());
    await relay.start();
    expect((await hooks.next()).body).to.equal(text);
    await eventually('it is done', async () => (await relay.fetch('/health')).json.queued === 0);
    expect((await relay.request('/v1/devices')).json.devices).to.deep.equal([]);
  });
});

describe('a relay that ends', () => {
  it('waits for a request to a webhook that is under way, and does not repeat it', async () => {
    let requests = 0;
    let answer = () => {};
    const server = createServer((request, response) => {
      requests += 1;
      answer = () => response.writeHead(204).end();
      request.resume();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onCleanup(() => {
      server.closeAllConnections();
      server.close();
    });
    const url = `http://127.0.0.1:${(server.address() as { port: number }).port}/`;
    const relay = await pusherWorld({ webhooks: [{ url, events: ['channel_occupied'], batch: false }] });
    await (await wire(relay)).join('a');
    await eventually('the request is there', () => requests === 1);
    const stopped = relay.stop();
    setImmediate(answer);
    await stopped;
    await relay.start();
    expect((await relay.fetch('/health')).json.queued).to.equal(0);
    expect(requests).to.equal(1);
  });

  it('cuts off a request to a webhook that does not end, and makes it again after the start', async () => {
    const hooks = await receiver();
    const relay = await pusherWorld({ webhooks: [{ url: hooks.url, events: ['channel_occupied'], batch: false }] });
    hooks.status = 0;
    await (await wire(relay)).join('a');
    const { body } = await hooks.next();
    await relay.stop();
    hooks.status = 200;
    await relay.start();
    expect((await hooks.next()).body).to.equal(body);
  });
});
