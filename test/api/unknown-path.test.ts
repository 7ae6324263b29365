import { expect } from 'chai';
import { world } from '../world.ts';

describe('the interface under /v1', () => {
  for (const [method, path] of [
    ['GET', '/v1/nothing'],
    ['POST', '/v1/nothing'],
    ['GET', '/v1'],
    ['DELETE', '/v1/devices/a/b/c'],
  ] as const) {
    it(`answers ${method} ${path} with its own error, with a token or without`, async () => {
      const relay = await world();
      for (const headers of [undefined, { authorization: 'wrong' }]) {
        const { status, json } = await relay.request(path, { method, ...(headers === undefined ? {} : { headers }) });
        expect(status).to.equal(404);
        expect(json).to.deep.equal({
          error: 'there is nothing at this path; /v1/openapi lists the interface',
          code: 'not_found',
        });
      }
    });
  }

  it('refuses a method that a path does not have', async () => {
    const relay = await world();
    const answer = await fetch(relay.url('/v1/devices'), { method: 'PUT', body: '{}' });
    expect([answer.status, answer.headers.get('allow')]).to.deep.equal([405, 'GET, POST']);
    expect(await answer.json()).to.include({ code: 'method_not_allowed' });
  });

  it('leaves devices and groups called v1 reachable', async () => {
    const relay = await world();
    await relay.device('v1', { acknowledge: true });
    expect((await relay.request('/v1.send?text=hi')).json.data.v1).to.equal('ok');
  });
});
