import { expect } from 'chai';
import { leave } from '../../support/leave.ts';
import { sharedWorld } from '../../support/shared-world.ts';
import { TOKEN, type World, world } from '../../world.ts';
import { type RawRequest, raw } from './requests.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

describe('wait', () => {
  const shared = sharedWorld();

  it('ends the reply at once with 0, and does not travel on', async () => {
    const relay = await world();
    const device = await relay.device('a');
    const { json } = await relay.request('/a.send?wait=0&text=x');
    expect(json.data.status).to.deep.equal({ a: 'wait' });
    expect((await device.packet('MESSAGE')).data.message.extra).to.deep.equal({});
  });

  it('is told ready of a device that is not there', async () => {
    const relay = await world();
    const device = await relay.device('a');
    await leave(relay, 'a', device);
    expect((await relay.request('/a.send?wait=0&text=x')).json.data).to.deep.include({
      status: { a: 'ready' },
      a: 'ready',
    });
  });

  it('counts in a form and as a number in JSON', async () => {
    const relay = await world();
    await relay.device('a');
    const post = (headers: Record<string, string>, body: string) =>
      raw(relay, { method: 'POST', path: '/a.send', headers, body });
    expect((await post(FORM, 'wait=0&text=x')).status).to.equal(200);
    expect((await post(JSON_TYPE, '{"wait":0,"text":"x"}')).status).to.equal(200);
  });

  async function endsAfter(relay: World, path: string): Promise<number> {
    const started = relay.clock.now();
    let ended: number | undefined;
    const device = await relay.device(`probe-${path.length}-${started}`);
    const answer = relay.request(path.replace('NAME', `probe-${path.length}-${started}`)).then(() => {
      ended = relay.clock.now();
    });
    await device.packet('MESSAGE');
    for (let step = 0; ended === undefined && step < 20; step += 1) {
      await relay.clock.tick(500);
      // The answer needs turns of the real event loop on its way through the socket.
      await device.settle();
      await relay.fetch('/health');
    }
    await answer;
    return (ended ?? Number.NaN) - started;
  }

  it('is http.waitTimeout where nothing is said, and bounded by http.maxWaitTimeout', async () => {
    const relay = await world({ config: { http: { waitTimeout: 1500, maxWaitTimeout: 3000 } } });
    expect(await endsAfter(relay, '/NAME.send?text=x')).to.be.within(1500, 2000);
    expect(await endsAfter(relay, '/NAME.send?wait=1000&text=x')).to.be.within(1000, 1500);
    expect(await endsAfter(relay, '/NAME.send?wait=99999&text=x')).to.be.within(3000, 3500);
  });

  for (const wait of ['', '-1', '1.5', '5s', '1&wait=2']) {
    it(`may not be ${JSON.stringify(wait)}`, async () => {
      const relay = shared();
      await relay.device('a');
      const { status, json } = await relay.request(`/a.send?wait=${wait}&text=x`);
      expect([status, json.data]).to.deep.equal([400, 'wait must be a whole number of milliseconds, 0 or more']);
    });
  }
});

describe('the credential of a send', () => {
  const shared = sharedWorld();

  const ways: [string, (auth: string) => RawRequest][] = [
    ['the bare token', () => ({ path: '/a.send?text=x', headers: { authorization: TOKEN } })],
    ['Bearer', () => ({ path: '/a.send?text=x', headers: { authorization: `Bearer ${TOKEN}` } })],
    ['bearer in lower case', () => ({ path: '/a.send?text=x', headers: { authorization: `bearer ${TOKEN}` } })],
    ['?token=', () => ({ path: `/a.send?text=x&token=${TOKEN}`, headers: { authorization: '' } })],
    ["a device's own token", (auth) => ({ path: '/a.send?text=x', headers: { authorization: `Bearer ${auth}` } })],
    [
      "a device's own token in the query",
      (auth) => ({ path: `/a.send?text=x&token=${auth}`, headers: { authorization: '' } }),
    ],
    [
      'a form field',
      () => ({
        method: 'POST',
        path: '/a.send?text=x',
        headers: { authorization: '', ...FORM },
        body: `token=${TOKEN}`,
      }),
    ],
    [
      'a JSON field',
      () => ({
        method: 'POST',
        path: '/a.send?text=x',
        headers: { authorization: '', ...JSON_TYPE },
        body: `{"token":"${TOKEN}"}`,
      }),
    ],
  ];
  for (const [what, request] of ways) {
    it(`may be ${what}, which never reaches the device`, async () => {
      const relay = shared();
      const device = await relay.device('a', { acknowledge: true });
      const answer = await raw(relay, request(device.auth));
      expect(answer.status, answer.text).to.equal(200);
      expect((await device.packet('MESSAGE')).data.message).to.deep.equal({ text: 'x', desp: '', extra: {} });
    });
  }

  const wrong: [string, RawRequest][] = [
    ['a wrong header beside a right query', { path: `/a.send?token=${TOKEN}`, headers: { authorization: 'x' } }],
    ['two tokens in the query', { path: `/a.send?token=${TOKEN}&token=${TOKEN}`, headers: { authorization: '' } }],
    ['an empty token', { path: '/a.send?token=', headers: { authorization: '' } }],
    ['the token with more behind it', { path: '/a.send', headers: { authorization: `${TOKEN}x` } }],
    ['Basic', { path: '/a.send', headers: { authorization: `Basic ${TOKEN}` } }],
    [
      'a wrong form field',
      { method: 'POST', path: '/a.send', headers: { authorization: '', ...FORM }, body: 'token=x' },
    ],
    [
      'an object in JSON',
      { method: 'POST', path: '/a.send', headers: { authorization: '', ...JSON_TYPE }, body: '{"token":{}}' },
    ],
  ];
  for (const [what, request] of wrong) {
    it(`may not be ${what}`, async () => {
      const relay = shared();
      const device = await relay.device('a');
      expect((await raw(relay, request)).status).to.equal(401);
      await device.settle();
      expect(device.frames.some((frame) => frame.includes('MESSAGE'))).to.equal(false);
    });
  }
});
