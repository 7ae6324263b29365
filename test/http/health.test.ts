import { expect } from 'chai';
import type { Context } from 'koa';
import { healthRoute } from '../../server/http/health.ts';
import { world } from '../world.ts';

describe('GET /health', () => {
  it('tells what a load balancer and a person want to know', async () => {
    const relay = await world();
    const { ws } = await relay.device('a');
    ws.terminate();
    await relay.request('/a.send?wait=0');
    await relay.clock.tick(2500);
    const { status, headers, json } = await relay.fetch('/health');
    expect(status).to.equal(200);
    expect(headers.get('content-type')).to.equal('application/json; charset=utf-8');
    expect(headers.get('cache-control')).to.equal('no-store');
    expect(json).to.deep.equal({ status: 'ok', version: '0.0.0-test', uptime: 2, queued: 1 });
  });

  it('needs no token, and answers HEAD', async () => {
    const relay = await world();
    const { status, text } = await relay.fetch('/health', { method: 'HEAD' });
    expect([status, text]).to.deep.equal([200, '']);
  });
});

describe('healthRoute', () => {
  it('is 503 while the relay drains', () => {
    const context = { set: () => {} } as unknown as Context;
    healthRoute(() => ({ status: 'draining', version: '1', uptime: 0, queued: 3 }))(context);
    expect(context.status).to.equal(503);
    expect(context.body).to.deep.include({ status: 'draining', queued: 3 });
  });
});
