// Gotify's app for Android, played by OkHttp.
import { expect } from 'chai';
import { forSuite } from '../../support/cleanup.ts';
import { eventually } from '../../support/eventually.ts';
import { rejection } from '../../support/rejection.ts';
import { TOKEN, world } from '../../world.ts';
import { openFront } from './front.ts';
import { OkHttpProgram, type PlayedApp, VERSIONS } from './program.ts';

for (const version of VERSIONS) {
  describe(`Gotify's app, by OkHttp ${version}`, () => {
    const suite = forSuite(async () => {
      const program = OkHttpProgram.start(version);
      const config = { http: { maxAuthFailures: 100 }, gotify: { backlogDelay: 300 } };
      const relay = await world({ realTime: true, config });
      let port = relay.ports.http;
      const front = await openFront(() => port);
      const restart = async (meanwhile = async () => {}) => {
        await relay.stop();
        await relay.start();
        await meanwhile();
        port = relay.ports.http;
      };
      return { program, relay, front, restart };
    });

    let families = 0;

    const app = (settings: object = {}): Promise<PlayedApp> =>
      suite().program.app('gotify', { url: suite().front.url, ...settings });

    /** An app that has signed in, and an application of its family. */
    async function signedIn(settings: object = {}) {
      families += 1;
      const family = `family-${families}`;
      const own = await app(settings);
      const device = `Pixel ${families}`;
      const signed = await own.call('login', { user: family, password: TOKEN, device });
      const authorization = `Basic ${Buffer.from(`${family}:${TOKEN}`).toString('base64')}`;
      const made = await suite().relay.fetch('/application', {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/x-www-form-urlencoded' },
        body: `name=nas+${families}`,
      });
      expect(made.status, made.text).to.equal(200);
      const send = async (message: string, more: object = {}, query = '') => {
        const sent = await suite().relay.fetch(`/message${query}`, {
          method: 'POST',
          headers: { 'x-gotify-key': made.json.token, 'content-type': 'application/json' },
          body: JSON.stringify({ message, ...more }),
        });
        expect(sent.status, sent.text).to.equal(200);
        return sent.json;
      };
      const statusOf = async (text: string) => {
        const { json } = await suite().relay.request(`/v1/devices/${encodeURIComponent(device)}/messages`);
        const found = json.messages.filter((one: { message: { text: string; desp: string } }) => {
          return [one.message.text, one.message.desp].includes(text);
        });
        return found.map(({ status }: { status: string }) => status).join();
      };
      return { own, family, device, signed, application: made.json, send, statusOf };
    }

    async function connected(settings: object = {}) {
      const made = await signedIn(settings);
      await made.own.call('start');
      await made.own.until('opened', 1);
      return made;
    }

    it('signs in with a name and a password, and is refused with a wrong one', async () => {
      const { own, family, device, signed } = await signedIn();
      expect(signed).to.include({ user: family, admin: false, version: '3.0.0' });
      expect(signed.token).to.match(/^[A-Za-z][A-Za-z0-9]{14}$/);
      const { status, body, protocol } = await own.call('call', { path: '/current/user' });
      expect([status, protocol, JSON.parse(body).name]).to.deep.equal([200, 'http/1.1', family]);
      const clients = JSON.parse((await own.call('call', { path: '/client' })).body);
      expect(clients.map(({ name }: { name: string }) => name)).to.deep.equal([device]);
      expect(await own.call('connections'), 'one connection for all calls').to.equal(1);
      const other = await app();
      const login = other.call('login', { user: family, password: 'wrong', device: 'x' });
      expect((await rejection(login)).message)
        .to.include('401')
        .and.include('access token');
      const again = await app();
      const second = await again.call('login', { user: family, password: TOKEN, device });
      expect(second.token).to.not.equal(signed.token);
    });

    it('signs in with a pairing code as the password, once', async () => {
      const { json } = await suite().relay.request('/v1/pairings', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{}',
      });
      const signed = await (await app()).call('login', { user: 'guests', password: json.code, device: 'guest phone' });
      expect(signed).to.include({ user: 'guests', admin: false });
      const again = (await app()).call('login', { user: 'guests', password: json.code, device: 'guest phone' });
      expect((await rejection(again)).message).to.include('401');
    });

    it('sees its applications, with their pictures', async () => {
      const { own, application } = await signedIn();
      const all = await own.call('applications');
      const found = all.find(({ id }: { id: number }) => id === application.id);
      expect(found).to.include({ name: application.name, internal: false });
      for (const { image } of all) {
        const picture = await own.call('picture', { image });
        expect(picture.status, image).to.equal(200);
        expect(picture.headers['content-type'], image).to.equal('image/png');
      }
    });

    it('shows what comes by its socket, which is received once the app has dealt with it', async () => {
      const { own, send, statusOf, device } = await connected();
      const [opened] = own.of('opened');
      expect(opened?.['headers']).to.not.have.property('sec-websocket-extensions');
      const extras = { 'client::display': { contentType: 'text/markdown' }, 'a::b': { c: [1] } };
      const sent = await send('**hi** <b>&', { title: 'Grüße', priority: 8, extras });
      const [event] = await own.until('notified', 1);
      expect(event).to.include({ by: 'stream' });
      expect(event?.['message']).to.deep.equal(sent);
      await eventually('it is received', async () => (await statusOf('**hi** <b>&')) === 'ok');
      await own.call('pause');
      await send('work');
      const waited = await send('more work', {}, '?wait=300');
      expect(waited.status).to.deep.equal({ [device]: 'wait' });
      expect(await statusOf('work')).to.be.oneOf(['ready', 'wait']);
      await own.call('resume');
      await own.until('notified', 3);
      await eventually(
        'both are received',
        async () => [await statusOf('work'), await statusOf('more work')].join() === 'ok,ok',
      );
      expect(own.of('double')).to.deep.equal([]);
      await own.call('stop');
    });

    it('takes many messages at once, in order', async () => {
      const { own, send } = await connected();
      const count = 100;
      const ids: number[] = [];
      await Promise.all(Array.from({ length: count }, async (_, index) => ids.push((await send(`m ${index}`)).id)));
      const shown = (await own.until('notified', count)).map(({ message }) => message.id);
      expect(shown).to.deep.equal([...ids].sort((one, other) => one - other));
      expect([...own.of('double'), ...own.of('fault')]).to.deep.equal([]);
      await own.call('stop');
    });

    it('pings its socket, and is answered', async () => {
      const { own, send } = await connected({ ping: 1000 });
      // It sends the second one only if the first was answered in time.
      const before = suite().front.pings();
      await eventually('two pings', () => suite().front.pings() >= before + 2);
      await send('still there');
      await own.until('notified', 1);
      expect(own.of('failed')).to.deep.equal([]);
      await own.call('stop');
    });

    it('comes back after a cut and a restart, with everything once', async () => {
      const { own, send } = await connected();
      await send('before');
      await own.until('notified', 1);
      // It asks for what it missed, and that is not told again by the socket.
      suite().front.cut();
      for (const text of ['missed 1', 'missed 2']) await send(text);
      await own.until('notified', 3);
      await suite().restart(async () => {
        for (let number = 1; number <= 12; number += 1) await send(`missed later ${number}`);
      });
      await own.until('notified', 15);
      await send('live');
      await own.until('notified', 16);
      const later = Array.from({ length: 12 }, (_, index) => `missed later ${index + 1}`);
      expect(own.shown()).to.deep.equal(['before', 'missed 1', 'missed 2', ...later, 'live']);
      expect([...own.of('double'), ...own.of('fault')]).to.deep.equal([]);
      expect(own.of('closing'), 'closed in good order').to.deep.equal([]);
      await own.call('stop');
    });

    it('is told by the socket what came while its process was away, once', async () => {
      const { own, send, signed, statusOf } = await connected();
      await send('seen');
      await own.until('notified', 1);
      await eventually('it is received', async () => (await statusOf('seen')) === 'ok');
      await own.call('stop');
      await send('while away');
      const fresh = await app({ token: signed.token });
      // As the real one, it looks where the list ends, which does not count as received.
      await fresh.call('start');
      await eventually('the backlog came', () => fresh.shown().includes('while away'));
      expect(fresh.of('notified').every(({ by }) => by === 'stream')).to.equal(true);
      expect(fresh.shown()).to.not.include('seen');
      await eventually('it is received', async () => (await statusOf('while away')) === 'ok');
      expect([...fresh.of('double'), ...fresh.of('fault')]).to.deep.equal([]);
      await fresh.call('stop');
    });

    it('pages through its list, and deletes', async () => {
      const { own, send, application } = await signedIn();
      for (let number = 1; number <= 7; number += 1) await send(`m ${number}`);
      const texts = async (limit: number) =>
        (await own.call('list', { limit })).map((page: { message: string }[]) => page.map(({ message }) => message));
      expect(await texts(3)).to.deep.equal([['m 7', 'm 6', 'm 5'], ['m 4', 'm 3', 'm 2'], ['m 1']]);
      const [[newest]] = await own.call('list', { limit: 1 });
      const remove = (path: string) => own.call('call', { method: 'DELETE', path });
      expect((await remove(`/message/${newest.id}`)).status).to.equal(200);
      expect((await remove(`/message/${newest.id}`)).status).to.equal(404);
      expect(await texts(100)).to.deep.equal([['m 6', 'm 5', 'm 4', 'm 3', 'm 2', 'm 1']]);
      expect((await remove(`/application/${application.id}/message`)).status).to.equal(200);
      expect(await texts(100)).to.deep.equal([[]]);
      await send('another');
      expect((await remove('/message')).status).to.equal(200);
      expect(await texts(100)).to.deep.equal([[]]);
    });

    it('sends from its share sheet, to an application of its family', async () => {
      const { own, application } = await connected();
      const body = JSON.stringify({
        appid: application.id,
        title: 'shared',
        message: 'https://example.org/',
        priority: 4,
      });
      const sent = await own.call('call', { method: 'POST', path: '/message', body, type: 'application/json' });
      expect(sent.status, sent.body).to.equal(200);
      const [event] = await own.until('notified', 1);
      expect(event?.['message']).to.include({ title: 'shared', priority: 4, appid: application.id });
      await own.call('stop');
    });

    it('signs out, and its socket is refused with 401 from then on', async () => {
      const { own, signed } = await connected();
      expect((await own.call('logout')).status).to.equal(200);
      const failures = await own.until('failed', 2);
      expect(failures[0]).to.not.have.property('status');
      expect(failures[1]).to.include({ status: 401 });
      await own.call('stop');
      expect((await own.call('call', { path: '/current/user' })).status).to.equal(401);
      expect(signed.token).to.be.a('string');
    });
  });
}
