// Requests whose app changes while their body is on its way.
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { expect } from 'chai';
import { type World, world } from '../../world.ts';
import { wire } from './helpers.ts';
import { EVENT, target } from './signed.ts';

const BODY = JSON.stringify(EVENT);

/** Sends the head of a trigger; what is returned sends the rest, and gives the status. */
async function begin(
  relay: World,
  app: string,
  key: string,
  secret: string,
): Promise<() => Promise<number | undefined>> {
  const request = httpRequest({
    host: '127.0.0.1',
    port: relay.relay.ports.http,
    method: 'POST',
    path: target(relay, 'events', { app, key, secret, body: BODY }),
    headers: { 'content-length': Buffer.byteLength(BODY), expect: '100-continue' },
  });
  request.flushHeaders();
  await once(request, 'continue');
  return async () => {
    request.end(BODY);
    const [answer] = (await once(request, 'response')) as [IncomingMessage];
    answer.resume();
    return answer.statusCode;
  };
}

describe('a trigger that is under way', () => {
  it('is refused when its key ends, and unknown when its app goes', async () => {
    const relay = await world();
    const made = (await relay.request('/v1/apps', { method: 'POST', body: '{"id":"shop"}' })).json;
    const [kept, ended] = [
      await begin(relay, 'shop', made.key, made.secret),
      await begin(relay, 'shop', made.key, made.secret),
    ];
    const listener = await wire(relay, made.key);
    listener.subscribe('a');
    await listener.settled();
    expect(await kept()).to.equal(200);
    expect(await listener.settled()).to.have.length(1);

    const next = await relay.request('/v1/apps/shop/keys', { method: 'POST', body: '{"keep":0}' });
    expect(await ended()).to.equal(401);
    const gone = await begin(relay, 'shop', next.json.key, next.json.secret);
    await relay.request('/v1/apps/shop', { method: 'DELETE' });
    expect(await gone()).to.equal(404);
  });
});
