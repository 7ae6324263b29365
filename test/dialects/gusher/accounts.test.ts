import { hash } from 'bcryptjs';
import { expect } from 'chai';
import { sharedWorld } from '../../support/shared-world.ts';
import { world } from '../../world.ts';
import { ACCOUNT, basic, call, gusherRelay, PASSWORD, register } from './relay.ts';

describe('accounts of gusher', () => {
  const relay = sharedWorld({ config: { ...gusherRelay().config, http: { maxAuthFailures: 1000 } } });
  const own = basic('app-account', 'app-password');
  // Once for all: hashing a password takes long on purpose.
  before(async () => {
    for (const key of ['app', 'other']) await register(relay(), key);
  });
  const listApps = (header: string) => call(relay(), 'GET /api/app-list', undefined, header);
  const listOnline = (header: string, key = 'app') =>
    call(relay(), `GET /api/${key}/listonlineuser`, undefined, header);

  const cases: [string, string, string][] = [
    ['no header', '', 'Not authorized\n'],
    ['no pair', 'Basic', 'Not authorized\n'],
    ['a pair without a colon', `Basic ${Buffer.from('root').toString('base64')}`, 'Not authorized\n'],
    ['a pair that is no base64', 'Basic !!!', 'illegal base64 data at input byte 0\n'],
    ['a pair that is base64 in part', 'Basic YWJj-', 'illegal base64 data at input byte 4\n'],
    ['a wrong password', basic(ACCOUNT, 'guess'), 'Not authorized\n'],
    ['no password', basic(ACCOUNT, ''), 'Not authorized\n'],
    ['a wrong account', basic('nobody', PASSWORD), 'Not authorized\n'],
  ];
  for (const [what, header, text] of cases) {
    it(`refuse ${what}`, async () => {
      for (const answer of [await listApps(header), await listOnline(header)]) {
        expect([answer.status, answer.text]).to.deep.equal([401, text]);
        expect(answer.headers.get('content-type')).to.equal('text/plain; charset=utf-8');
        expect(answer.headers.get('www-authenticate')).to.equal('Basic realm="Restricted"');
      }
    });
  }

  it('are taken behind any word', async () => {
    expect((await listApps(basic(ACCOUNT, PASSWORD).replace('Basic', 'Foo'))).status).to.equal(200);
  });

  it('of an app are let in where the path names it', async () => {
    for (const request of ['GET /api/app/listonlineuser', 'POST /api/push/app?content=x']) {
      expect((await call(relay(), request, undefined, own)).status).to.equal(200);
    }
    for (const request of ['GET /api/app-list', 'POST /api/register', 'GET /api/other/listonlineuser']) {
      expect((await call(relay(), request, undefined, own)).status).to.equal(401);
    }
  });

  it('of an app accept only the right password, before and after it was shown', async () => {
    await register(relay(), 'fresh');
    const show = async (account: string, password: string) =>
      (await listOnline(basic(account, password), 'fresh')).status;
    for (const status of [200, 200]) {
      expect(await show('fresh-account', 'app-password')).to.equal(401);
      expect(await show('app-account', 'fresh-password')).to.equal(401);
      expect(await show('fresh-account', 'fresh-password')).to.equal(status);
    }
  });

  it('may have a colon in the password', async () => {
    const other = await world(gusherRelay({ password: 'a:b:' }));
    expect((await call(other, 'GET /api/app-list', undefined, basic(ACCOUNT, 'a:b:'))).status).to.equal(200);
  });

  for (const letter of ['a', 'b', 'y']) {
    it(`take the super admin by a hash that gusher init wrote: $2${letter}$`, async () => {
      const written = (await hash(`${ACCOUNT}${PASSWORD}`, 4)).replace(/^\$2./, `$2${letter}`);
      const other = await world(gusherRelay({ password: written }));
      for (const guess of ['guess', `${ACCOUNT}${PASSWORD}`, '', written]) {
        expect((await call(other, 'GET /api/app-list', undefined, basic(ACCOUNT, guess))).status).to.equal(401);
      }
      expect((await call(other, 'GET /api/app-list')).status).to.equal(200);
    });
  }

  it('slow down guesses', async () => {
    const other = await world({ config: { ...gusherRelay().config, http: { maxAuthFailures: 2 } } });
    const guess = (password: string) => call(other, 'GET /api/app-list', undefined, basic(ACCOUNT, password));
    expect([(await guess('1')).status, (await guess('2')).status]).to.deep.equal([401, 401]);
    const third = await guess('3');
    expect([third.status, third.headers.has('retry-after')]).to.deep.equal([429, true]);
    expect((await guess(PASSWORD)).status).to.equal(200);
  });

  it('of an app pass after a lockout too, also when they are shown for the first time', async () => {
    const other = await world({ config: { ...gusherRelay().config, http: { maxAuthFailures: 1 } } });
    await register(other, 'app');
    const show = async (password: string) =>
      (await call(other, 'GET /api/app/listonlineuser', undefined, basic('app-account', password))).status;
    expect([await show('1'), await show('2'), await show('app-password')]).to.deep.equal([401, 429, 200]);
  });
});
