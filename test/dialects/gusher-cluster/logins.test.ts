import { createHmac, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { expect } from 'chai';
import { refused } from '../../support/refused.ts';
import { sharedWorld } from '../../support/shared-world.ts';
import { type World, world } from '../../world.ts';
import { call, jwt, PUBLIC_KEY, relay1_13 } from './relay.ts';

const socketUrl = (relay: World, path: string) => `ws://127.0.0.1:${relay.relay.ports.websocket}${path}`;
const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A JWT that somebody made who knows the public key alone. */
function forged(secret: string | Buffer): string {
  const claims = { gusher: { user_id: 'U1', channels: ['AA'], app_key: 'TEST' } };
  const signed = `${base64({ alg: 'HS256', typ: 'JWT' })}.${base64(claims)}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

describe('logins of gusher.cluster', () => {
  const relay = sharedWorld(relay1_13());

  it('change a JWT into a token for a minute', async () => {
    const answer = await call(relay(), 'POST /gcs/auth', { jwt: await jwt({}) });
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).to.deep.equal([200, '*']);
    expect(answer.headers.get('content-type')).to.equal('application/json;charset=UTF-8');
    const { token } = answer.json;
    expect(token).to.match(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-/);
    for (const path of ['/ws/TEST', '/wtf/TEST', '/gcs/ws/TEST', '/gcs/wtf/TEST']) {
      await relay().socket(`${path}?token=${token}`);
    }
    await relay().clock.tick(59_999);
    await relay().socket(`/ws/TEST?token=${token}`);
    await relay().clock.tick(1);
    expect(await refused(socketUrl(relay(), `/ws/TEST?token=${token}`))).to.equal('401 token error');
  });

  it('take every RSA signature of the key that is not over, in every way of a parameter', async () => {
    const seconds = Math.floor(relay().clock.now() / 1000);
    const good = [
      await jwt({}, {}, { algorithm: 'RS384' }),
      await jwt({}, {}, { algorithm: 'RS512' }),
      await jwt({}, { exp: seconds + 1, nbf: seconds - 1 }),
      await jwt({}, { gusher: { app_key: 'TEST' } }),
      await jwt({}, { gusher: { user_id: null, channels: null, app_key: 'TEST', remotes: { cmd1: true } } }),
    ];
    for (const one of good) expect((await call(relay(), 'POST /auth', { jwt: one })).status).to.equal(200);
    expect((await call(relay(), `POST /auth?jwt=${good[0]}`)).status).to.equal(200);
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: `{"jwt":"${good[0]}"}` };
    expect((await relay().fetch('/auth', init)).status).to.equal(200);
  });

  it('are bounded in the bytes that an address sends without a right one', async () => {
    const { gusherCluster } = relay1_13().config ?? {};
    const bounded = await world({ config: { gusherCluster, http: { maxUnproven: 65_536 } } });
    const status = async (fields: Record<string, string>) => (await call(bounded, 'POST /auth', fields)).status;
    const wrong = { jwt: 'x'.repeat(40_000) };
    expect([await status(wrong), await status(wrong)]).to.deep.equal([401, 429]);
    const right = { jwt: await jwt({}) };
    for (let round = 0; round < 9; round += 1) expect(await status({ ...right, x: 'x'.repeat(9000) })).to.equal(200);
  });

  it('refuse everything else', async () => {
    const seconds = Math.floor(relay().clock.now() / 1000);
    const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    const [, body, signature] = (await jwt({})).split('.');
    const key = createPublicKey(PUBLIC_KEY);
    const bad: [string, string][] = [
      ['nothing', ''],
      ['no JWT', 'x'],
      ['parts of nothing', 'a.b.c'],
      ['no signature', `${base64({ alg: 'none' })}.${body}.`],
      ['the signature of an algorithm that is none', `${base64({ alg: 'none' })}.${body}.${signature}`],
      ['other words under a signature', `${base64({ alg: 'RS256' })}.${base64({ gusher: {} })}.${signature}`],
      ['an HMAC under the public key', forged(PUBLIC_KEY)],
      ['an HMAC under the public key without its last newline', forged(PUBLIC_KEY.trim())],
      ['an HMAC under the bytes of the public key', forged(key.export({ type: 'spki', format: 'der' }))],
      ['PS256', await jwt({}, {}, { algorithm: 'PS256' })],
      ["a stranger's signature", await jwt({}, {}, { key: stranger })],
      ['what is over', await jwt({}, { exp: seconds - 1 })],
      ['what is not yet', await jwt({}, { nbf: seconds + 60 })],
      ['nothing for gusher', await jwt({}, { gusher: null })],
      ['a number for the user', await jwt({}, { gusher: { user_id: 1, channels: [], app_key: 'TEST' } })],
      ['a text for the channels', await jwt({}, { gusher: { user_id: 'U1', channels: 'AA', app_key: 'TEST' } })],
      ['a huge name of a channel', await jwt({ channels: ['x'.repeat(1025)] })],
      ['a huge user', await jwt({ user: 'x'.repeat(1025) })],
      ['no app', await jwt({}, { gusher: { user_id: 'U1', channels: ['AA'], app_key: '' } })],
    ];
    for (const [what, one] of bad) {
      const answer = await call(relay(), 'POST /auth', { jwt: one });
      expect([answer.status, answer.text], what).to.deep.equal([401, 'jwt decode fail\n']);
      expect(answer.headers.get('access-control-allow-origin')).to.equal('*');
    }
  });

  it('are kept in a bounded number, the newest', async () => {
    const other = await world(relay1_13({ maxTokens: 2 }));
    const issue = async () => (await call(other, 'POST /auth', { jwt: await jwt({}) })).json.token;
    const [first, second, third] = [await issue(), await issue(), await issue()];
    expect(await refused(socketUrl(other, `/ws/TEST?token=${first}`))).to.equal('401 token error');
    for (const token of [second, third]) await other.socket(`/ws/TEST?token=${token}`);
  });

  it('are for one app', async () => {
    const { token } = (await call(relay(), 'POST /auth', { jwt: await jwt({}) })).json;
    expect(await refused(socketUrl(relay(), '/ws/TEST'))).to.equal('401 app_key is nil');
    expect(await refused(socketUrl(relay(), '/ws/TEST?token=x'))).to.equal('401 token error');
    expect(await refused(socketUrl(relay(), `/ws/APP2?token=${token}`))).to.equal('401 appkey error');
    expect(await refused(socketUrl(relay(), `/ws/a%2Fb?token=${token}`))).to.equal('404 404 page not found');
  });

  it('need no token of the API', async () => {
    const other = await world(relay1_13({ apiToken: 'open sesame' }));
    const { json } = await call(other, 'POST /auth', { jwt: await jwt({}) });
    await other.socket(`/ws/TEST?token=${json.token}`);
    expect((await call(other, 'GET /ping')).text).to.equal('pong');
    expect((await call(other, 'GET /api/TEST/online')).status).to.equal(401);
  });

  it('POST /api/decode shows what a JWT says', async () => {
    const answer = await call(relay(), 'POST /api/decode', { data: await jwt({}) });
    expect(answer.headers.get('content-type')).to.equal('text/plain; charset=utf-8');
    expect(answer.text).to.match(/\}\n$/);
    expect(answer.json).to.deep.equal({
      gusher: { user_id: 'U1', channels: ['AA'], app_key: 'TEST', remotes: null },
    });
    const bad = await call(relay(), 'POST /api/decode', { data: 'x' });
    expect([bad.status, bad.text]).to.deep.equal([400, 'data error\n']);
  });
});
