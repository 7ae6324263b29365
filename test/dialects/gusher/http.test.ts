import { mkdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { silentLogger } from '../../../server/base/logger.ts';
import { sharedWorld } from '../../support/shared-world.ts';
import { world } from '../../world.ts';
import { ACCOUNT, basic, call, gusherRelay, PASSWORD, push, register } from './relay.ts';

describe('the private API of gusher', () => {
  const relay = sharedWorld(gusherRelay());
  const key = 'app';
  // Once for all: hashing a password takes long on purpose.
  before(() => register(relay(), key));

  it('checks the path, the method, the account, the app and the parameters, in this order', async () => {
    const nobody = basic('nobody', 'guess');
    const answers = [
      await call(relay(), 'GET /api/push/a%2Fb', undefined, nobody),
      await call(relay(), 'GET /api/push/unknown', undefined, nobody),
      await call(relay(), 'POST /api/push/unknown', undefined, nobody),
      await call(relay(), 'POST /api/push/unknown'),
      await call(relay(), `POST /api/push/${key}`),
    ];
    expect(answers.map(({ status, text }) => `${status} ${text}`)).to.deep.equal([
      '404 404 page not found\n',
      '405 ',
      '401 Not authorized\n',
      '404 app_key does not exist\n',
      '400 app_key || content empty\n',
    ]);
    expect(answers[1]?.headers.get('allow')).to.equal('POST');
    for (const { headers } of answers) {
      expect(headers.get('www-authenicate')).to.equal('Basic realm="Restricted"');
      expect(headers.get('cache-control')).to.equal('no-store');
      expect(headers.get('x-content-type-options')).to.equal('nosniff');
    }
  });

  it('reaches apps that are called like a call', async () => {
    await register(relay(), 'unregister');
    await register(relay(), 'push');
    const answers = [
      await call(relay(), 'POST /api/push/unregister', { content: 'x' }),
      await call(relay(), 'GET /api/push/listonlineuser'),
      await call(relay(), 'DELETE /api/push/unregister'),
    ];
    expect(answers.map(({ status }) => status)).to.deep.equal([200, 200, 200]);
    const refused = await call(relay(), 'PUT /api/push/unregister');
    expect([refused.status, refused.headers.get('allow')]).to.deep.equal([405, 'DELETE, POST']);
  });

  it('does not know an app that is not registered', async () => {
    for (const request of ['POST /api/push/x', 'GET /api/x/listonlineuser', 'DELETE /api/__proto__/unregister']) {
      const answer = await call(relay(), request, request.startsWith('POST') ? { content: 'x' } : undefined);
      expect([answer.status, answer.text]).to.deep.equal([404, 'app_key does not exist\n']);
    }
  });

  describe('POST /api/register', () => {
    it('answers with the keys of the README and of the original', async () => {
      const answer = await register(relay(), `${key}-<new>`, 'http://host/hook?a=1&b=2');
      expect(answer.headers.get('content-type')).to.equal('text/plain; charset=utf-8');
      expect(answer.text).to.include('\\u003cnew\\u003e').and.match(/\}\n$/);
      const { request_ip, ...rest } = answer.json;
      expect(request_ip).to.match(/^127\.0\.0\.1:[1-9]\d{3,}$/);
      expect(rest).to.deep.equal({
        app_name: '',
        app_key: `${key}-<new>`,
        auth_account: `${key}-<new>-account`,
        auth_password: '',
        connect_hook: 'http://host/hook?a=1&b=2',
      });
    });

    it('shows an IPv4 address as such, also where the relay listens on all', async () => {
      const other = await world({ config: { ...gusherRelay().config, http: { host: '' } } });
      const { json } = await register(other, 'four');
      expect(json.request_ip).to.match(/^127\.0\.0\.1:[1-9]\d{3,}$/);
    });

    it('tells an IPv6 address from its port', async () => {
      const other = await world({ config: { ...gusherRelay().config, http: { trustProxy: true } } });
      const headers = { authorization: basic(ACCOUNT, PASSWORD), 'x-forwarded-for': '2001:db8::1' };
      const body = new URLSearchParams({ app_key: 'six', auth_account: 'a', auth_password: 'p' });
      const { json } = await other.fetch('/api/register', { method: 'POST', headers, body });
      expect(json.request_ip).to.match(/^\[2001:db8::1\]:[1-9]\d{3,}$/);
    });

    it('takes parameters from the query, from multipart and from JSON', async () => {
      const headers = { authorization: basic(ACCOUNT, PASSWORD) };
      const parameters = (name: string) => ({ app_key: `${key}-${name}`, auth_account: 'a', auth_password: 'p' });
      const form = new FormData();
      for (const [name, value] of Object.entries(parameters('multipart'))) form.append(name, value);
      const requests: [string, RequestInit][] = [
        [`/api/register?${new URLSearchParams(parameters('query'))}`, {}],
        ['/api/register', { body: form }],
        [
          '/api/register',
          { body: JSON.stringify(parameters('json')), headers: { 'content-type': 'application/json' } },
        ],
      ];
      for (const [path, init] of requests) {
        const answer = await relay().fetch(path, { method: 'POST', ...init, headers: { ...init.headers, ...headers } });
        expect(answer.status, answer.text).to.equal(200);
      }
      const { json } = await call(relay(), 'GET /api/app-list');
      const keys = json.data.map((app: { app_key: string }) => app.app_key);
      expect(keys).to.include.members(['query', 'multipart', 'json'].map((name) => `${key}-${name}`));
    });

    it('takes null in JSON for nothing', async () => {
      const headers = { authorization: basic(ACCOUNT, PASSWORD), 'content-type': 'application/json' };
      const registering = (parameters: object) =>
        relay().fetch('/api/register', { method: 'POST', headers, body: JSON.stringify(parameters) });
      const parameters = { app_key: `${key}-null`, auth_account: 'a', auth_password: 'p', connect_hook: null };
      expect((await registering(parameters)).json).to.include({ app_key: `${key}-null`, connect_hook: '' });
      const refused = await registering({ ...parameters, app_key: null });
      expect([refused.status, refused.text]).to.deep.equal([400, 'app_name || request_op empty\n']);
    });

    it('takes the longest of everything, and hooks by https', async () => {
      const longest = {
        app_key: '手'.repeat(255),
        auth_account: '手'.repeat(255),
        auth_password: `:${'x'.repeat(4095)}`,
        connect_hook: 'https://host/'.padEnd(8192, 'x'),
      };
      expect((await call(relay(), 'POST /api/register', longest)).status).to.equal(200);
      const own = basic(longest.auth_account, longest.auth_password);
      const path = `/api/${encodeURIComponent(longest.app_key)}/listonlineuser`;
      expect((await call(relay(), `GET ${path}`, undefined, own)).status).to.equal(200);
    });

    const HUGE_HOOK = 'connect_hook is longer than 8192 characters';
    const full = { app_key: 'new', auth_account: 'a', auth_password: 'p' };
    const refusals: [string, Record<string, string>, string][] = [
      ['no key', { ...full, app_key: '' }, 'app_name || request_op empty'],
      ['no account', { ...full, auth_account: '' }, 'app_name || request_op empty'],
      ['no password', { ...full, auth_password: '' }, 'app_name || request_op empty'],
      ['a key that no path can name', { ...full, app_key: 'a/b' }, 'app_key must not contain "/"'],
      ['a key that clients take out of paths', { ...full, app_key: '..' }, 'app_key must not be ".."'],
      ['an account that no header can name', { ...full, auth_account: 'a:b' }, 'auth_account must not contain ":"'],
      ['a huge key', { ...full, app_key: 'x'.repeat(256) }, 'app_key is longer than 255 characters'],
      ['a huge password', { ...full, auth_password: 'x'.repeat(4097) }, 'auth_password is longer than 4096 characters'],
      ['a huge hook', { ...full, connect_hook: `http://host/${'x'.repeat(8192)}` }, HUGE_HOOK],
      ['a hook that is no address', { ...full, connect_hook: 'notaurl' }, 'hook url error'],
      ['a hook of another protocol', { ...full, connect_hook: 'file:///etc/passwd' }, 'hook url error'],
    ];
    for (const [what, parameters, text] of refusals) {
      it(`refuses ${what}`, async () => {
        const answer = await call(relay(), 'POST /api/register', parameters);
        expect([answer.status, answer.text]).to.deep.equal([400, `${text}\n`]);
      });
    }

    it('refuses a key that is taken, also when both come at once', async () => {
      const again = await register(relay(), key);
      expect([again.status, again.text]).to.deep.equal([400, 'app_key repeat\n']);
      const both = await Promise.all([register(relay(), `${key}-twin`), register(relay(), `${key}-twin`)]);
      expect(both.map(({ status }) => status).sort()).to.deep.equal([200, 400]);
    });

    it('refuses bodies that are not what they say', async () => {
      const headers = { authorization: basic(ACCOUNT, PASSWORD) };
      const bodies: [string, string | Uint8Array<ArrayBuffer>][] = [
        ['application/json', '[1]'],
        ['application/json', '{"app_key":'],
        ['application/json', `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`],
        ['application/x-www-form-urlencoded', new Uint8Array([0xff, 0xfe])],
        ['application/x-www-form-urlencoded', 'a=1&'.repeat(1001)],
        ['multipart/form-data; boundary=x', '--x\r\ncontent-disposition: form-data; name="a"\r\n\r\n1'],
      ];
      for (const [type, body] of bodies) {
        const init = { method: 'POST', headers: { ...headers, 'content-type': type }, body };
        const answer = await relay().fetch('/api/register', init);
        expect(answer.status, type).to.equal(400);
        // Not what is said where parameters are missing.
        expect(answer.text, type).not.to.include('empty');
      }
    });

    it('refuses more apps than the config allows', async () => {
      const other = await world(gusherRelay({ maxApps: 1 }));
      expect((await register(other, 'one')).status).to.equal(200);
      expect((await register(other, 'two')).text).to.equal('there are 1 apps already\n');
    });

    it('refuses one of two that come at once when there is room for one', async () => {
      const other = await world(gusherRelay({ maxApps: 1 }));
      const both = await Promise.all(['one', 'two'].map((each) => register(other, each)));
      expect(both.map(({ status }) => status).sort()).to.deep.equal([200, 400]);
    });
  });

  describe('GET /api/app-list', () => {
    it('has no data without apps', async () => {
      const other = await world(gusherRelay());
      expect((await call(other, 'GET /api/app-list')).json).to.deep.equal({ total: 0, Total: 0, data: null });
    });

    it('shows everything but passwords, also after a restart', async () => {
      const other = await world(gusherRelay());
      await register(other, 'one', 'http://host/');
      await other.stop();
      await other.start();
      const answer = await call(other, 'GET /api/app-list');
      expect([answer.json.total, answer.json.Total]).to.deep.equal([1, 1]);
      const [app] = answer.json.data;
      expect(Object.keys(app)).to.have.members(
        'app_key auth_account auth_password connect_hook request_ip date timestamp'.split(' '),
      );
      expect([app.app_key, app.auth_account, app.auth_password]).to.deep.equal(['one', 'one-account', '']);
      const two = { month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' } as const;
      const format = new Intl.DateTimeFormat('ja-JP', { year: 'numeric', ...two, hourCycle: 'h23' });
      expect(app.date).to.equal(format.format(other.clock.now()));
      expect(app.timestamp).to.equal(String(other.clock.now()));
      expect(answer.text).not.to.match(/one-password|scrypt/);
      const own = basic('one-account', 'one-password');
      expect((await call(other, 'GET /api/one/listonlineuser', undefined, own)).status).to.equal(200);
    });

    it('has passwords kept as scrypt hashes', async () => {
      const kept = await readFile(join(relay().dir, 'registry.json'), 'utf8');
      expect(kept).to.include('scrypt$16384$8$').and.not.include(`${key}-password`);
    });
  });

  it('leaves nothing of an app that was unregistered', async () => {
    const other = await world(gusherRelay());
    await register(other, 'one');
    const gone = await call(other, 'DELETE /api/one/unregister');
    expect([gone.status, gone.text]).to.deep.equal([200, '{"message":"Scuess"}\n']);
    await other.stop();
    await other.start();
    expect((await call(other, 'GET /api/app-list')).json.data).to.equal(null);
    expect((await register(other, 'one')).status).to.equal(200);
  });

  it('promises nothing that is not on disk', async () => {
    const logged: unknown[] = [];
    const logger = { ...silentLogger, error: ({ path }: { readonly path?: unknown }) => void logged.push(path) };
    const other = await world({ ...gusherRelay(), logger });
    await register(other, 'one');
    const file = join(other.dir, 'registry.json');
    const kept = await readFile(file);
    // Nothing can take the place of a folder.
    await rm(file);
    await mkdir(file);
    const failed = [await register(other, 'two'), await call(other, 'DELETE /api/one/unregister')];
    expect(failed.map(({ status, text }) => `${status} ${text}`)).to.deep.equal(Array(2).fill('500 internal error\n'));
    expect(logged).to.deep.equal(['/api/register', '/api/:app/unregister']);
    const keys = async () =>
      (await call(other, 'GET /api/app-list')).json.data.map((app: { app_key: string }) => app.app_key);
    expect(await keys()).to.deep.equal(['one']);
    await rmdir(file);
    await writeFile(file, kept);
    expect((await register(other, 'two')).status).to.equal(200);
    expect((await call(other, 'DELETE /api/one/unregister')).status).to.equal(200);
    expect(await keys()).to.deep.equal(['two']);
  });

  it('answers a push without receivers', async () => {
    expect(await push(relay(), key, 'hi', 'A')).to.deep.equal({
      app_key: key,
      content: 'hi',
      user_tag: 'A',
      total: 0,
      Total: 0,
      sent: 0,
    });
    const empty = await call(relay(), `POST /api/push/${key}`, { content: '' });
    expect([empty.status, empty.text]).to.deep.equal([400, 'app_key || content empty\n']);
  });

  it('prefers the parameters of the body to those of the query', async () => {
    const answer = await call(relay(), `POST /api/push/${key}?content=query&user_tag=query`, { content: 'body' });
    expect(answer.json).to.include({ content: 'body', user_tag: 'query' });
  });

  it('does not touch apps of other dialects', async () => {
    const other = await world(gusherRelay());
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"id":"theirs"}' };
    const theirs = await other.request('/v1/apps', init);
    expect(theirs.status, theirs.text).to.be.within(200, 201);
    await other.stop();
    await other.start();
    expect((await call(other, 'GET /api/app-list')).json.total).to.equal(0);
    const { apps } = (await other.request('/v1/apps')).json;
    expect(apps.map(({ id }: { id: string }) => id)).to.include('theirs');
  });

  it('keeps a relay with a damaged app from starting', async () => {
    const other = await world(gusherRelay());
    await register(other, 'one');
    await other.stop();
    const file = join(other.dir, 'registry.json');
    const kept = await readFile(file, 'utf8');
    for (const broken of [{ password: 'plain' }, { key: 'two' }, { connectHook: undefined }]) {
      const registry = JSON.parse(kept);
      Object.assign(registry.apps[0].settings, broken);
      await writeFile(file, JSON.stringify(registry));
      const failure = await other.start().catch((error: unknown) => error);
      expect(String(failure)).to.include('the stored app "gusher:one" does not have the form of a gusher app');
    }
  });

  it('is not there unless the config has it', async () => {
    const plain = await world();
    expect((await call(plain, 'GET /api/app-list')).status).to.equal(404);
    expect((await plain.request('/api/app-list')).text).to.include('INFO');
  });
});
