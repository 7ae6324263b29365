import { expect } from 'chai';
import { strictStatus } from '../../../server/dialects/mpush/strict.ts';
import type { Status } from '../../../shared/status.ts';
import { leave } from '../../support/leave.ts';
import { world } from '../../world.ts';

describe('strictStatus', () => {
  const cases: readonly (readonly [statuses: readonly Status[], status: number])[] = [
    [['no'], 404],
    [[], 404],
    [['failed'], 422],
    [['failed', 'failed'], 422],
    [['failed', 'ready'], 200],
    [['ok', 'wait'], 200],
    [['webpush-wait'], 200],
  ];
  for (const [statuses, status] of cases) {
    it(`is ${status} for ${JSON.stringify(statuses)}`, () => {
      const named = new Map(statuses.map((one, n) => [`d${n}`, one]));
      expect(strictStatus({ statuses: named })).to.equal(status);
    });
  }
});

describe('a send with strict=1', () => {
  it('is 404 with the same body where it reaches nobody', async () => {
    const relay = await world();
    await relay.device('kooritea');
    for (const path of ['/koritea.send?text=x', '/koritea.group?text=x']) {
      const plain = await relay.request(path);
      const strict = await relay.request(`${path}&strict=1`);
      expect([plain.status, strict.status], path).to.deep.equal([200, 404]);
      expect(strict.text.replace(/"mid":"\d+"/, '')).to.equal(plain.text.replace(/"mid":"\d+"/, ''));
    }
  });

  it('names the device that was probably meant, and does not pass strict on', async () => {
    const relay = await world();
    const device = await relay.device('kooritea', { acknowledge: true });
    const { json } = await relay.request('/koritea.send?text=x&strict=1');
    expect(json.hint).to.equal('no device is called koritea; did you mean kooritea?');
    expect((await relay.request('/kooritea.send?text=x&strict=1')).status).to.equal(200);
    expect((await device.packet('MESSAGE')).data.message.extra).to.deep.equal({});
  });

  it('is 422 where every recipient has failed', async () => {
    const relay = await world({ config: { storage: { maxQueued: 1 } } });
    await leave(relay, 'a', await relay.device('a', { group: 'g' }));
    await relay.request('/a.send?text=1&wait=0&strict=1');
    for (const path of ['/a.send', '/g.group']) {
      const { status, json } = await relay.request(`${path}?text=2&wait=0&strict=1`);
      expect([status, json.data.a], path).to.deep.equal([422, 'failed']);
    }
  });

  it('is the rule with http.strict, which a send can lift', async () => {
    const relay = await world({ config: { http: { strict: true } } });
    expect((await relay.request('/a.send?text=x')).status).to.equal(404);
    expect((await relay.request('/a.send?text=x&strict=0')).status).to.equal(200);
    const packet = { cmd: 'MESSAGE', data: { sendType: 'personal', target: 'a', message: { text: 'x' } } };
    expect((await relay.post(packet)).status).to.equal(404);
  });
});
