import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hash } from 'bcryptjs';
import { expect } from 'chai';
import { sharedWorld } from '../../support/shared-world.ts';
import { world } from '../../world.ts';
import { ACCOUNT, basic, call, gusherRelay, PASSWORD, push, register } from './relay.ts';

describe('the private API of gusher', () => {
  const relay = sharedWorld(gusherRelay());
  const key = 'app';
  // Once for all: hashing a password takes long on purpose.
  before(() => register(relay(), key));

  describe('authorization', () => {
    const cases: [string, string, number, string][] = [
      ['no header', '', 401, 'Not authorized\n'],
      ['no pair', 'Basic', 401, 'Not authorized\n'],
      ['a pair without a colon', `Basic ${Buffer.from('root').toString('base64')}`, 401, 'Not authorized\n'],
      ['a pair that is no base64', 'Basic !!!', 401, 'illegal base64 data at input byte 0\n'],
      ['a wrong password', basic(ACCOUNT, 'guess'), 401, 'Not authorized\n'],
      ['a wrong account', basic('nobody', PASSWORD), 401, 'Not authorized\n'],
    ];
    for (const [what, header, status, text] of cases) {
      it(`refuses ${what}`, async () => {
        const answer = await call(relay(), 'GET /api/app-list', undefined, header);
        expect([answer.status, answer.text]).to.deep.equal([status, text]);
        expect(answer.headers.get('content-type')).to.equal('text/plain; charset=utf-8');
        expect(answer.headers.get('www-authenticate')).to.equal('Basic realm="Restricted"');
      });
    }

    it('takes the pair behind any word', async () => {
      const header = basic(ACCOUNT, PASSWORD).replace('Basic', 'Foo');
      expect((await call(relay(), 'GET /api/app-list', undefined, header)).status).to.equal(200);
    });

    it('lets an app in by its own account, where the path names it', async () => {
      const own = basic(`${key}-account`, `${key}-password`);
      for (const request of [`GET /api/${key}/listonlineuser`, `POST /api/push/${key}?content=x`]) {
        expect((await call(relay(), request, undefined, own)).status).to.equal(200);
      }
      expect((await call(relay(), 'GET /api/app-list', undefined, own)).status).to.equal(401);
    });

    it('does not let one app into another', async () => {
      const own = basic(`${key}-account`, `${key}-password`);
      await register(relay(), `${key}-other`);
      const answer = await call(relay(), `GET /api/${key}-other/listonlineuser`, undefined, own);
      expect(answer.status).to.equal(401);
    });
  });

  it('takes the super admin by the hash that gusher init wrote', async () => {
    const other = await world(gusherRelay({ password: await hash(`${ACCOUNT}${PASSWORD}`, 4) }));
    expect((await call(other, 'GET /api/app-list')).status).to.equal(200);
    for (const guess of ['guess', `${ACCOUNT}${PASSWORD}`, '']) {
      expect((await call(other, 'GET /api/app-list', undefined, basic(ACCOUNT, guess))).status).to.equal(401);
    }
  });

  it('slows down who guesses', async () => {
    const other = await world({ config: { ...gusherRelay().config, http: { maxAuthFailures: 2 } } });
    const guess = () => call(other, 'GET /api/app-list', undefined, basic(ACCOUNT, 'guess'));
    expect([(await guess()).status, (await guess()).status]).to.deep.equal([401, 401]);
    const third = await guess();
    expect([third.status, third.headers.has('retry-after')]).to.deep.equal([429, true]);
  });

  it('answers 405 to another method, and 404 where a parameter is none', async () => {
    const wrong = await call(relay(), `GET /api/push/${key}`);
    expect([wrong.status, wrong.text, wrong.headers.get('allow')]).to.deep.equal([405, '', 'POST']);
    const slash = await call(relay(), 'GET /api/a%2Fb/listonlineuser');
    expect([slash.status, slash.text]).to.deep.equal([404, '404 page not found\n']);
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
      expect(request_ip).to.match(/^127\.0\.0\.1:\d+$/);
      expect(rest).to.deep.equal({
        app_name: '',
        app_key: `${key}-<new>`,
        auth_account: `${key}-<new>-account`,
        auth_password: '',
        connect_hook: 'http://host/hook?a=1&b=2',
      });
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

    const full = { app_key: 'new', auth_account: 'a', auth_password: 'p' };
    const refusals: [string, Record<string, string>, string][] = [
      ['no key', { ...full, app_key: '' }, 'app_name || request_op empty'],
      ['no account', { ...full, auth_account: '' }, 'app_name || request_op empty'],
      ['no password', { ...full, auth_password: '' }, 'app_name || request_op empty'],
      ['a key that no path can name', { ...full, app_key: 'a/b' }, 'app_key must not contain "/"'],
      ['an account that no header can name', { ...full, auth_account: 'a:b' }, 'auth_account must not contain ":"'],
      ['a huge key', { ...full, app_key: 'x'.repeat(256) }, 'app_key is longer than 255 characters'],
      ['a huge password', { ...full, auth_password: 'x'.repeat(4097) }, 'auth_password is longer than 4096 characters'],
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
        expect((await relay().fetch('/api/register', init)).status, type).to.equal(400);
      }
    });

    it('refuses more apps than the config allows', async () => {
      const other = await world(gusherRelay({ maxApps: 1 }));
      expect((await register(other, 'one')).status).to.equal(200);
      expect((await register(other, 'two')).text).to.equal('there are 1 apps already\n');
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
      expect(app.date).to.match(/^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d$/);
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

  it('answers a push to nobody', async () => {
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

  it('takes what the body says before what the query says', async () => {
    const answer = await call(relay(), `POST /api/push/${key}?content=query&user_tag=query`, { content: 'body' });
    expect(answer.json).to.include({ content: 'body', user_tag: 'query' });
  });

  it('keeps a relay from starting whose registry has an app that is none', async () => {
    const other = await world(gusherRelay());
    await register(other, 'one');
    await other.stop();
    const file = join(other.dir, 'registry.json');
    const registry = JSON.parse(await readFile(file, 'utf8'));
    registry.apps[0].settings.password = 'plain';
    await writeFile(file, JSON.stringify(registry));
    const failure = await other.start().catch((error: unknown) => error);
    expect(String(failure)).to.include('the app "gusher:one" of the registry is not what gusher keeps');
  });

  it('is not there unless the config has it', async () => {
    const plain = await world();
    expect((await call(plain, 'GET /api/app-list')).status).to.equal(401);
    expect((await plain.request('/api/app-list')).text).to.include('INFO');
  });
});
