import { expect } from 'chai';
import { world } from '../world.ts';

const FORWARDED = { 'x-forwarded-for': '198.51.100.9, 203.0.113.5', 'x-forwarded-proto': 'https' };

describe('GET /v1/caller', () => {
  it('tells how the relay sees the caller, and what a proxy has added', async () => {
    const relay = await world();
    const host = `127.0.0.1:${relay.ports.http}`;
    const facts = { address: '127.0.0.1', host, https: false, trustsProxy: false };
    const direct = await relay.request('/v1/caller');
    expect(direct.json).to.deep.include(facts).and.have.property('peer').that.contains('127.0.0.1');
    expect(direct.json).to.not.have.any.keys('forwardedFor', 'forwardedProto');
    const { json } = await relay.request('/v1/caller', { headers: FORWARDED });
    expect(json).to.deep.include({ ...facts, forwardedFor: FORWARDED['x-forwarded-for'], forwardedProto: 'https' });
  });

  it('believes a proxy if the config does', async () => {
    const relay = await world({ config: { http: { trustProxy: true } } });
    const { json } = await relay.request('/v1/caller', { headers: FORWARDED });
    expect(json).to.include({ address: '203.0.113.5', https: true, trustsProxy: true });
    expect((await relay.request('/v1/caller')).json).to.include({ address: '127.0.0.1', https: false });
  });

  it('needs a credential', async () => {
    expect((await (await world()).fetch('/v1/caller')).status).to.equal(401);
  });
});
