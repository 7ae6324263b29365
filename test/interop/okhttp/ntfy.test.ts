// ntfy's app for Android, played by OkHttp.
import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { forSuite } from '../../support/cleanup.ts';
import { eventually } from '../../support/eventually.ts';
import { rejection } from '../../support/rejection.ts';
import { TOKEN, world } from '../../world.ts';
import { openFront } from './front.ts';
import { OkHttpProgram, type PlayedApp, VERSIONS } from './program.ts';

const AS_OWNER = { authorization: `Bearer ${TOKEN}` };

/** The bytes of a file that the app streams. */
function fileOf(length: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, (_, index) => index % 251));
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

for (const version of VERSIONS) {
  describe(`ntfy's app, by OkHttp ${version}`, () => {
    const suite = forSuite(async () => {
      const program = OkHttpProgram.start(version);
      const relay = await world({ realTime: true, config: { http: { maxAuthFailures: 100 } } });
      let port = relay.ports.http;
      const front = await openFront(() => port);
      const restart = async () => {
        await relay.stop();
        await relay.start();
        port = relay.ports.http;
      };
      return { program, relay, front, restart };
    });

    let topics = 0;
    const newTopic = () => {
      topics += 1;
      return `topic-${topics}`;
    };

    const owner = { user: 'phil', password: TOKEN };

    const app = (settings: object = owner): Promise<PlayedApp> =>
      suite().program.app('ntfy', { url: suite().front.url, ...settings });

    async function keyFor(name: string, rights: object): Promise<string> {
      const { status, json, text } = await suite().relay.request('/v1/keys', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ name, ...rights }),
      });
      expect(status, text).to.equal(201);
      return json.key;
    }

    const publish = async (topic: string, body: string, headers: Record<string, string> = {}) => {
      const sent = await suite().relay.fetch(`/${topic}`, {
        method: 'POST',
        body,
        headers: { ...AS_OWNER, ...headers },
      });
      expect(sent.status, sent.text).to.equal(200);
      return sent.json;
    };

    it('asks for health, config, account and statistics, over HTTP/1.1 and one connection', async () => {
      const own = await app();
      const ask = async (path: string) => {
        const { status, protocol, headers, body } = await own.call('call', { path });
        expect([status, protocol], path).to.deep.equal([200, 'http/1.1']);
        expect(headers['content-type'], path).to.match(/^application\/json/);
        return JSON.parse(body);
      };
      expect(await ask('/v1/health')).to.include({ healthy: true });
      expect(await ask('/v1/config')).to.include({ enable_login: true, enable_web_push: false });
      expect(await ask('/v1/account')).to.include({ username: 'phil' });
      expect(await ask('/v1/stats')).to.have.property('messages');
      expect(await own.call('connections')).to.equal(1);
    });

    it('learns whether a topic is open, and with which user it may be read', async () => {
      const key = await keyFor(`reader ${topics}`, { receive: ['mine*'] });
      const reader = await app({ user: 'any', password: key });
      expect(await reader.call('check', { topic: 'mine1' })).to.deep.equal({ anybody: false, user: true });
      expect(await reader.call('check', { topic: 'other' })).to.deep.equal({ anybody: false, user: false });
      const wrong = await app({ user: 'any', password: 'wrong' });
      expect(await wrong.call('check', { topic: 'mine1' })).to.deep.equal({ anybody: false, user: false });
      const bearer = await app({ headers: { Authorization: `Bearer ${key}` } });
      expect(await bearer.call('check', { topic: 'mine1' })).to.deep.equal({ anybody: false, user: true });
    });

    it('is told 401 for a wrong user and 403 for a user without the right, also by sockets', async () => {
      const key = await keyFor(`writer ${topics}`, { send: ['w*'], receive: ['w*'] });
      const cases: readonly [settings: object, status: number, code: number][] = [
        [{ user: 'any', password: 'wrong' }, 401, 40101],
        [{ user: 'any', password: key }, 403, 40301],
        [{}, 403, 40301],
      ];
      for (const [settings, status, code] of cases) {
        const refused = await app({ ...settings, retry: 60_000 });
        const answer = await refused.call('publish', { topic: 'other', message: 'x' });
        expect([answer.status, JSON.parse(answer.body).code]).to.deep.equal([status, code]);
        expect((await rejection(refused.call('poll', { topic: 'other' }))).message).to.include(`response ${status}`);
        for (const by of ['ws', 'json']) {
          await refused.call('listen', { topics: ['other'], by });
          const failures = await refused.until('failed', by === 'ws' ? 1 : 2);
          expect(failures.at(-1)?.['status'], by).to.equal(status);
          await refused.call('stop');
        }
      }
    });

    it('publishes with every parameter, and finds it by polling', async () => {
      const [own, topic] = [await app(), newTopic()];
      const sent = await own.call('publish', {
        topic,
        message: 'Grüße & „Küsse“\nzweite Zeile',
        title: 'Ä <b>+</b> 100 %',
        priority: 5,
        tags: 'warning,größe,skull',
        click: 'https://example.org/?a=b&c=d',
        markdown: true,
      });
      expect(sent.status, sent.body).to.equal(200);
      const told = JSON.parse(sent.body);
      expect(told).to.include({
        topic,
        event: 'message',
        title: 'Ä <b>+</b> 100 %',
        message: 'Grüße & „Küsse“\nzweite Zeile',
        priority: 5,
        click: 'https://example.org/?a=b&c=d',
        content_type: 'text/markdown',
      });
      const { expires, ...kept } = told;
      expect(expires).to.be.greaterThan(told.time);
      expect(await own.call('poll', { topic })).to.deep.equal([kept]);
      expect(await own.call('poll', { topic, since: told.id })).to.deep.equal([]);
      const delayed = JSON.parse((await own.call('publish', { topic, message: 'later', delay: '1h' })).body);
      expect(delayed.time - told.time).to.be.within(3590, 3620);
      expect(
        JSON.parse((await own.call('publish', { topic, message: 'x', email: 'a@example.org' })).body).code,
      ).to.equal(40001);
    });

    it('reads the headers of other senders: icon, actions, attached address, sequence', async () => {
      const [own, topic] = [await app(), newTopic()];
      await publish(topic, 'closed?', {
        'X-Icon': 'https://example.org/icon.png',
        'X-Actions':
          'view, Open, https://example.org/, clear=true; http, Close, https://example.org/c, method=put, body={}',
        'X-Attach': 'https://example.org/flower.jpg',
        'X-Sequence-ID': 'door-1',
      });
      const [message] = await own.call('poll', { topic });
      expect(message).to.include({ icon: 'https://example.org/icon.png', sequence_id: 'door-1' });
      expect(message.attachment).to.deep.equal({ name: 'flower.jpg', url: 'https://example.org/flower.jpg' });
      expect(message.actions).to.have.length(2);
      expect(message.actions[1]).to.deep.include({ action: 'http', method: 'PUT', body: '{}', clear: false });
    });

    for (const by of ['ws', 'json']) {
      it(`listens by ${by} to several topics, and comes back after a cut without loss or doubles`, async () => {
        const own = await app();
        const [one, two] = [newTopic(), newTopic()];
        await publish(one, 'before it listens');
        await own.call('listen', { topics: [one, two], by });
        const [opened] = await own.until('opened', 1);
        expect(opened?.['headers']).to.not.have.property('sec-websocket-extensions');
        expect(opened?.['headers']).to.not.have.property('content-encoding');
        await own.until('open', 1);
        await publish(one, 'first');
        await publish(two, 'second '.repeat(300));
        await own.until('notified', 2);
        for (const round of [1, 2]) {
          if (round === 1) suite().front.cut();
          else await suite().restart();
          await publish(two, `missed ${round}`);
          await publish(one, `missed too ${round}`);
          await own.until('open', round + 1);
          await publish(one, `live ${round}`);
          await own.until('notified', 2 + 3 * round);
        }
        const later = [1, 2].flatMap((round) => [`missed ${round}`, `missed too ${round}`, `live ${round}`]);
        expect(own.shown()).to.deep.equal(['first', 'second '.repeat(300).trim(), ...later]);
        expect(own.of('double')).to.deep.equal([]);
        expect([...own.of('closing'), ...own.of('ended')], 'ended in good order').to.deep.equal([]);
        await own.call('stop');
      });
    }

    it('pings its socket, and is answered', async () => {
      const own = await app({ ...owner, ping: 1000 });
      const topic = newTopic();
      await own.call('listen', { topics: [topic], by: 'ws' });
      await own.until('open', 1);
      // It sends the second one only if the first was answered in time.
      const before = suite().front.pings();
      await eventually('two pings', () => suite().front.pings() >= before + 2);
      await publish(topic, 'still there');
      await own.until('notified', 1);
      expect(own.of('failed')).to.deep.equal([]);
      await own.call('stop');
    });

    it('is told of cleared and deleted sequences, and replaces a message', async () => {
      const [own, topic] = [await app(), newTopic()];
      await own.call('listen', { topics: [topic], by: 'ws' });
      await own.until('open', 1);
      const put = (path: string, method = 'PUT', body = '') =>
        own.call('call', { path: `/${topic}${path}`, method, body });
      await put('/job-1', 'POST', 'running');
      await put('/job-1', 'POST', 'done');
      expect((await put('/job-1/clear')).status).to.equal(200);
      expect((await put('/job-1', 'DELETE')).status).to.equal(200);
      const told = (await own.until('notified', 4)).map(({ message }) => [message.event, message.sequence_id]);
      expect(told).to.deep.equal([
        ['message', 'job-1'],
        ['message', 'job-1'],
        ['message_clear', 'job-1'],
        ['message_delete', 'job-1'],
      ]);
      await own.call('stop');
    });

    for (const chunked of [false, true]) {
      it(`streams a file ${chunked ? 'in chunks' : 'with its length'}, and fetches it`, async () => {
        const [own, topic] = [await app(), newTopic()];
        const length = 1_500_000;
        const file = { length, chunked, type: 'application/octet-stream' };
        const sent = await own.call('publish', { topic, message: 'zwei\nZeilen', filename: 'Öl.bin', file });
        expect(sent.status, sent.body).to.equal(200);
        const { message, attachment } = JSON.parse(sent.body);
        expect(message).to.equal('zwei\nZeilen');
        expect(attachment).to.include({ name: 'Öl.bin', size: length });
        const [polled] = await own.call('poll', { topic });
        expect(polled.attachment).to.deep.equal(attachment);
        const fetched = await own.call('download', { url: attachment.url });
        expect(fetched).to.include({ status: 200, announced: length, length, sha256: sha256(fileOf(length)) });
        expect(fetched.headers).to.include({ 'content-type': 'application/octet-stream' });
      });
    }

    it('is told 413 for a file that is too large', async () => {
      const [own, topic] = [await app(), newTopic()];
      for (const expects of [false, true]) {
        const file = { length: 16 * 2 ** 20, type: 'application/octet-stream' };
        const args = { topic, filename: 'a.bin', file, ...(expects ? { expects } : {}) };
        const sent = await own.call('publish', args);
        expect([sent.status, JSON.parse(sent.body).code], `expects ${expects}`).to.deep.equal([413, 41301]);
        if (expects) expect(sent.written, 'written before the refusal').to.equal(0);
      }
      expect(await own.call('poll', { topic })).to.deep.equal([]);
    });

    it('waits for 100 Continue before it sends a file', async () => {
      const [own, topic] = [await app(), newTopic()];
      const file = { length: 100_000, type: 'application/octet-stream' };
      const sent = await own.call('publish', { topic, filename: 'a.bin', file, expects: true });
      expect([sent.status, sent.written]).to.deep.equal([200, 100_000]);
      const wrong = await app({ user: 'phil', password: 'wrong' });
      const refused = await wrong.call('publish', { topic, filename: 'a.bin', file, expects: true });
      expect([refused.status, refused.written]).to.deep.equal([401, 0]);
    });

    it('is a distributor of UnifiedPush', async () => {
      const own = await app();
      const topic = `up${'Aa0'.repeat(3)}${version.replaceAll('.', '')}`.padEnd(14, 'x').slice(0, 14);
      const discovered = await own.call('call', { path: `/${topic}?up=1` });
      expect(JSON.parse(discovered.body)).to.deep.equal({ unifiedpush: { version: 1 } });
      const push = (body: Uint8Array, headers: Record<string, string> = {}) =>
        suite().relay.fetch(`/${topic}?up=1`, { method: 'POST', body: Buffer.from(body), headers });
      expect((await push(Buffer.from('too early'))).json.code).to.equal(50701);
      await own.call('listen', { topics: [topic], by: 'ws' });
      await own.until('open', 1);
      const secret = Uint8Array.from({ length: 300 }, (_, index) => index % 256);
      expect((await push(Buffer.from(' {"a":1}\n'))).status).to.equal(200);
      const vapid = { 'content-encoding': 'aes128gcm', ttl: '60', urgency: 'high', authorization: 'vapid t=a, k=b' };
      expect((await push(secret, vapid)).status).to.equal(200);
      const [plain, encrypted] = (await own.until('notified', 2)).map(({ message }) => message);
      expect(plain).to.include({ message: ' {"a":1}\n' }).and.not.have.property('encoding');
      expect(encrypted.encoding).to.equal('base64');
      expect([...Buffer.from(encrypted.message, 'base64')]).to.deep.equal([...secret]);
      expect((await push(new Uint8Array(4097))).status).to.equal(413);
      await own.call('stop');
    });
  });
}
