import type { IncomingHttpHeaders } from 'node:http';
import { expect } from 'chai';
import { readCaller, sourceOf } from '../../../server/dialects/kit/caller.ts';
import type { MadeKeyInfo } from '../../../shared/api.ts';
import { TOKEN, type World, world } from '../../world.ts';

const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`;
const encoded = (header: string) => Buffer.from(header).toString('base64url');

/** Makes a key. @returns its text */
async function keyIn(relay: World, settings: object): Promise<string> {
  const { status, json } = await relay.request('/v1/keys', { method: 'POST', body: JSON.stringify(settings) });
  expect(status).to.equal(201);
  return (json as MadeKeyInfo).key;
}

describe('the credential of a request', () => {
  let relay: World;
  let key: string;
  let other: string;

  beforeEach(async () => {
    relay = await world({ config: { http: { maxAuthFailures: 1000 } } });
    key = await keyIn(relay, { name: 'doorbell', device: 'phone' });
    other = await keyIn(relay, { name: 'router', device: 'tablet' });
  });

  const send = async (headers: Readonly<Record<string, string>>, query: Readonly<Record<string, string>> = {}) => {
    const address = `/phone.send?${new URLSearchParams({ text: 'ring', wait: '0', ...query })}`;
    return (await relay.fetch(address, { headers })).status;
  };

  it('is found wherever the programs of a protocol write it', async () => {
    const headers = [
      { authorization: key },
      { authorization: `Bearer ${key}` },
      { authorization: `bearer ${key}` },
      { authorization: basic(`anyone:${key}`) },
      { authorization: basic(`:${key}`) },
      { authorization: basic(`${key}:`) },
      { 'x-gotify-key': key },
    ];
    for (const header of headers) expect(await send(header), JSON.stringify(header)).to.equal(200);
    const queries = [
      { token: key },
      { auth: encoded(`Bearer ${key}`) },
      { auth: encoded(basic(`anyone:${key}`)) },
      { auth: Buffer.from(basic(`:${key}`)).toString('base64') },
      { authorization: encoded(basic(`${key}:`)) },
      { auth: encoded(key) },
      { auth: key },
    ];
    for (const query of queries) expect(await send({}, query), JSON.stringify(query)).to.equal(200);
  });

  it('may be a key that is written twice, for programs that insist on 30 characters', async () => {
    for (const header of ['authorization', 'x-gotify-key']) expect(await send({ [header]: key + key })).to.equal(200);
    expect(await send({}, { token: key + key })).to.equal(200);
    for (const wrong of [key + other, `${key}${key}${key}`, `${key}${key.slice(1)}`]) {
      expect(await send({ authorization: wrong }), wrong).to.equal(401);
    }
  });

  it('is refused when it cannot be read, and never is a fault', async () => {
    for (const auth of [
      '%%%',
      'a',
      '====',
      encoded('Basic !!!'),
      encoded(basic('x:y')),
      encoded('Bearer x'),
      '\ufffd',
      'x'.repeat(7000),
    ]) {
      expect(await send({}, { auth }), auth.slice(0, 20)).to.equal(401);
    }
    const { status, json } = await relay.fetch('/phone.send?text=x&auth=%FF%FE');
    expect([status, JSON.stringify(json)]).to.deep.equal([400, '{"cmd":"INFO","data":"expected text in UTF-8"}']);
  });

  it('is the one in the header when there are two', async () => {
    expect(await send({ authorization: key }, { token: other })).to.equal(200);
    expect(await send({ authorization: other }, { token: key })).to.equal(403);
    expect(await send({ authorization: other }, { auth: encoded(`Bearer ${key}`) })).to.equal(403);
    expect(await send({ authorization: 'wrong' }, { token: key })).to.equal(401);
    expect(await send({ 'x-gotify-key': other }, { token: key })).to.equal(403);
    expect(await send({ 'x-gotify-key': key, authorization: basic('proxy:password') })).to.equal(200);
  });

  it('is no credential of the owner in X-Gotify-Key', async () => {
    expect(await send({ authorization: TOKEN })).to.equal(200);
    expect(await send({ 'x-gotify-key': TOKEN })).to.equal(401);
    const { json } = await relay.request('/v1/devices', { method: 'POST', body: '{"name":"pixel"}' });
    const { auth } = json as { auth: string };
    expect([await send({ authorization: auth }), await send({ 'x-gotify-key': auth })]).to.deep.equal([200, 401]);
  });

  it('never comes to a device', async () => {
    const phone = await relay.device('phone');
    await send({}, { auth: encoded(`Bearer ${key}`), note: 'kept' });
    const { data } = await phone.packet('MESSAGE');
    expect(data.message.extra).to.deep.include({ note: 'kept' });
    expect(JSON.stringify(data)).not.to.match(/auth/i);
  });

  it('is asked for under /v1 in a header', async () => {
    const manager = await keyIn(relay, { name: 'manager', device: 'phone', manage: true });
    const list = async (headers: Readonly<Record<string, string>>, query = '') =>
      (await relay.fetch(`/v1/devices${query}`, { headers })).status;
    expect(await list({ 'x-gotify-key': manager })).to.equal(200);
    expect(await list({}, `?token=${manager}`)).to.equal(401);
  });
});

describe('readCaller', () => {
  const shown: (readonly [way: string, text: string | undefined])[] = [];
  const principal = {} as never;
  const access = {
    authenticate(text: string | undefined) {
      shown.push(['any', text]);
      return principal;
    },
    key(text: string | undefined, { path, dialect }: { path: string; dialect: string }) {
      shown.push([`key by ${dialect} ${path}`, text]);
      return principal;
    },
  };
  const asking = (headers: IncomingHttpHeaders = {}, query: [string, string][] = []) => ({
    headers,
    query,
    ip: '203.0.113.7',
    path: '/secret/x',
  });

  beforeEach(() => {
    shown.length = 0;
  });

  it('takes a segment of the path and a field of the body only for a key, after everything else', async () => {
    const places = { dialect: 'bark', path: '/:key/x', keys: [undefined, 'secret'] };
    await readCaller(asking(), access, places);
    await readCaller(asking({}, [['token', 'a']]), access, places);
    await readCaller(asking({ authorization: 'b' }), access, places);
    await readCaller(asking(), access, { ...places, keys: [] });
    expect(shown).to.deep.equal([
      ['key by bark /:key/x', 'secret'],
      ['any', 'a'],
      ['any', 'b'],
      ['any', undefined],
    ]);
  });

  it('takes the query as its dialect says', async () => {
    const query: [string, string][] = [['token', 'a']];
    await readCaller(asking({}, query), access, { dialect: 'gotify', inQuery: 'keys' });
    await readCaller(asking({}, query), access, { dialect: 'api', inQuery: 'none' });
    expect(shown).to.deep.equal([
      ['key by gotify /secret/x', 'a'],
      ['any', undefined],
    ]);
  });

  it('tells the log the path that the dialect gives', () => {
    expect(sourceOf(asking(), 'bark', '/:key')).to.deep.equal({
      address: '203.0.113.7',
      path: '/:key',
      dialect: 'bark',
    });
    expect(sourceOf(asking(), 'bark').path).to.equal('/secret/x');
  });
});
