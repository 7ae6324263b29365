import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { eventually } from '../support/eventually.ts';
import { twoWorlds } from '../support/redis/worlds.ts';
import { openStream } from '../support/stream-reader.ts';
import { TOKEN, type World, world } from '../world.ts';

/** A relay that makes its own token, as most do. */
const own = { config: { token: '' } };
const DAY = 24 * 3_600_000;

const as = (token: string, init: RequestInit = {}) => ({ ...init, headers: { authorization: token } });
const rotate = (relay: World, token: string, body: object = {}) =>
  relay.fetch('/v1/token/rotate', as(token, { method: 'POST', body: JSON.stringify(body) }));
const isGood = async (relay: World, token: string) => (await relay.fetch('/v1/devices', as(token))).status === 200;

describe('POST /v1/token/rotate', () => {
  it('makes a token that counts at once, and ends the old one', async () => {
    const relay = await world(own);
    const before = relay.relay.token;
    const phone = await relay.device('phone', { token: before });
    const stream = await openStream(relay.url('/v1/stream?target=phone'), { authorization: before });
    const other = await openStream(relay.url('/v1/stream?target=phone'), { authorization: phone.auth });
    await relay.fetch('/v1/keys', as(before, { method: 'POST', body: '{"name":"nas","device":"phone"}' }));
    const uses = await openStream(relay.url('/v1/keys/nas/uses'), { authorization: before });
    const { status, json } = await rotate(relay, before);
    expect([status, json.keep]).to.deep.equal([201, 7 * DAY]);
    expect(json.token)
      .to.match(/^[\w-]{32}$/)
      .and.not.equal(before);
    expect([await isGood(relay, before), await isGood(relay, json.token)]).to.deep.equal([false, true]);
    // Whoever has something open comes back and shows what is good now.
    expect(await phone.closed).to.deep.equal({ code: 1012, reason: 'the token was replaced, please connect again' });
    await eventually('the streams end', () => [stream, other, uses].every(({ ending }) => ending !== undefined));
    const back = await relay.socket();
    back.send({ cmd: 'AUTH', auth: phone.auth, data: { name: 'phone' } });
    const { data } = await back.packet('AUTH');
    expect(data.code).to.equal(200);
    await relay.clock.tick(7 * DAY);
    expect([await isGood(relay, phone.auth), await isGood(relay, data.auth)]).to.deep.equal([false, true]);
    const stored = JSON.parse(await readFile(join(relay.dir, 'keys.json'), 'utf8'));
    expect(stored.secrets.token).to.equal(json.token);
    await relay.stop();
    await relay.start();
    expect([await isGood(relay, before), await isGood(relay, json.token)]).to.deep.equal([false, true]);
    expect([await isGood(relay, phone.auth), await isGood(relay, data.auth)]).to.deep.equal([false, true]);
  });

  it('ends the tokens of devices at once with keep 0', async () => {
    const relay = await world(own);
    const phone = await relay.device('phone', { token: relay.relay.token });
    const { json } = await rotate(relay, relay.relay.token, { keep: 0 });
    await phone.closed;
    expect([await isGood(relay, phone.auth), await isGood(relay, json.token)]).to.deep.equal([false, true]);
    expect(relay.relay.devices(), 'the device stays, with its messages').to.deep.equal(['phone']);
  });

  it('is for the token alone, and says what is wrong', async () => {
    const relay = await world(own);
    const { token } = relay.relay;
    const { auth } = (await relay.fetch('/v1/devices', as(token, { method: 'POST', body: '{"name":"phone"}' }))).json;
    const made = await relay.fetch(
      '/v1/keys',
      as(token, { method: 'POST', body: '{"name":"manager","device":"phone","manage":true}' }),
    );
    for (const other of [auth, made.json.key]) {
      const { status, json } = await rotate(relay, other);
      expect([status, json.error]).to.deep.equal([403, "only the relay's token itself makes a new one"]);
    }
    expect((await relay.fetch('/v1/token/rotate', { method: 'POST' })).status).to.equal(401);
    for (const keep of [-1, 1.5, '7d', null, 181 * DAY]) {
      expect((await rotate(relay, token, { keep })).json.error).to.contain(
        'keep must be a whole number of ms from 0 to',
      );
    }
    expect(await isGood(relay, token)).to.equal(true);
  });

  it('leaves a token of the config alone', async () => {
    const relay = await world();
    const { status, json } = await rotate(relay, TOKEN);
    expect([status, json]).to.deep.equal([
      403,
      { error: 'the token is set in the config: change it there, and restart the relay', code: 'forbidden' },
    ]);
  });

  it('takes effect on all nodes at once, and another node may join then', async () => {
    const [one, two] = await twoWorlds(own);
    const before = one.relay.token;
    expect(two.relay.token).to.equal(before);
    const phone = await two.device('phone', { token: before });
    const { json } = await rotate(one, before);
    expect((await phone.closed).code).to.equal(1012);
    for (const relay of [one, two]) {
      await eventually('the old one has ended', async () => !(await isGood(relay, before)));
      expect([await isGood(relay, json.token), await isGood(relay, phone.auth)]).to.deep.equal([true, true]);
    }
    const again = await rotate(two, json.token, { keep: 0 });
    await eventually('the other node knows it', () => isGood(one, again.json.token));
    expect(await isGood(one, phone.auth)).to.equal(false);
    await two.stop();
    await two.start();
    expect([two.relay.token, await isGood(two, json.token)]).to.deep.equal([again.json.token, false]);
    await eventually('all say that they have the same config', async () => {
      const { json: shown } = await one.fetch('/v1/nodes', as(again.json.token));
      return new Set(shown.nodes.map(({ config }: { config: string }) => config)).size === 1;
    });
  });
});
