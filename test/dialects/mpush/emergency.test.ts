import { expect } from 'chai';
import type { AnswerInfo } from '../../../shared/api.ts';
import { eventually } from '../../support/eventually.ts';
import { sharedWorld } from '../../support/shared-world.ts';
import type { TestSocket } from '../../support/socket.ts';
import type { TestDevice } from '../../world.ts';

const MINUTE = 60_000;
const JSON_TYPE = { 'content-type': 'application/json' };

describe('an emergency', () => {
  const shared = sharedWorld({ config: { http: { waitTimeout: 500 } } });
  const answerOf = async (id: string): Promise<AnswerInfo> => (await shared().request(`/v1/answers/${id}`)).json;
  const nextOf = async (device: TestSocket) => (await device.packet('MESSAGE')).data;

  async function begin(path: string): Promise<string> {
    const { status, text, json } = await shared().request(path);
    expect(status, text).to.equal(200);
    return json.data.receipt;
  }

  /** Moves the clock until the device has its next message. */
  async function inTime(minutes: number, device: TestDevice) {
    const relay = shared();
    const next = nextOf(device);
    await relay.clock.tick(minutes * MINUTE);
    return next;
  }

  it('comes again as another message with the same receipt, until a device acknowledges it', async () => {
    const relay = shared();
    const device = await relay.device('a', { acknowledge: true });
    const receipt = await begin('/a.send?text=Fire&priority=emergency&retry=60&expire=30m&colour=red');
    const first = await nextOf(device);
    const second = await inTime(1, device);
    expect(second.mid).not.to.equal(first.mid);
    for (const [{ message, silent }, round] of [
      [first, 1],
      [second, 2],
    ] as const) {
      const { ask, answer, ...extra } = message.extra;
      expect(message.text).to.equal('Fire');
      expect(extra).to.deep.equal({ priority: 5, colour: 'red', key: `receipt:${receipt}`, receipt });
      expect(ask).to.deep.equal({ id: receipt, kind: 'acknowledge', until: ask.until, round });
      expect(answer).to.match(/^http:\/\/127\.0\.0\.1:\d+\/a\/[A-Za-z0-9]{52}$/);
      expect(silent).to.equal(undefined);
    }
    // That a device has a message is not that a person has seen it.
    expect(await answerOf(receipt)).to.deep.include({ state: 'open', round: 2, mids: [first.mid, second.mid] });
    const acknowledged = await relay.fetch(`/v1/messages/${first.mid}/acknowledge`, {
      method: 'POST',
      headers: { authorization: device.auth },
    });
    expect([acknowledged.status, acknowledged.json]).to.deep.equal([200, { acknowledged: true }]);
    expect(await answerOf(receipt)).to.include({ state: 'answered', by: 'a' });
    await relay.clock.tick(10 * MINUTE);
    await device.settle();
    expect(device.frames.filter((frame) => frame.includes(receipt))).to.have.length(2);
  });

  it('begins on every way to send', async () => {
    const relay = shared();
    const device = await relay.device('ways', { acknowledge: true });
    const message = { text: 'Fire', extra: { priority: 'emergency', retry: '2m' } };
    const data = { sendType: 'personal', target: 'ways', message };
    const post = (path: string, body: unknown) =>
      relay.request(path, { method: 'POST', headers: JSON_TYPE, body: JSON.stringify(body) });
    const answers = [
      await relay.request('/ways.send?text=Fire&priority=emergency&retry=2m'),
      await post('/ways.send', { text: 'Fire', priority: 'emergency', retry: 120 }),
      await post('/ways.send', message),
      await post('/', { cmd: 'MESSAGE', data }),
      await post('/', { cmd: 'MESSAGE', data: { ...data, message: { text: 'Fire' }, priority: 'emergency' } }),
      await relay.request('/ways.send', {
        method: 'POST',
        body: new URLSearchParams({ text: 'Fire', priority: 'emergency' }),
      }),
    ];
    const receipts = answers.map(({ json }) => json.data.receipt);
    device.send({ cmd: 'MESSAGE', data });
    receipts.push((await device.packet('MESSAGE_REPLY')).data.receipt);
    expect(new Set(receipts).size).to.equal(7);
    for (const receipt of receipts) {
      expect((await answerOf(receipt)).state).to.equal('open');
      expect((await relay.request(`/v1/answers/${receipt}`, { method: 'DELETE' })).json.state).to.equal('cancelled');
    }
  });

  it('begins once for a request that is repeated', async () => {
    const relay = shared();
    const device = await relay.device('once', { acknowledge: true });
    const path = '/once.send?text=Fire&priority=emergency&idempotency=abc';
    const receipts = [await begin(path), await begin(path)];
    expect(receipts[1]).to.equal(receipts[0]);
    await nextOf(device);
    await inTime(1, device);
    expect((await answerOf(receipts[0] ?? '')).mids).to.have.length(2);
    expect((await relay.request(`${path}&retry=90`)).status).to.equal(409);
    await relay.request(`/v1/answers/${receipts[0]}`, { method: 'DELETE' });
  });

  it('escalates to a device, a group and a webhook, whose people may acknowledge it too', async () => {
    const relay = shared();
    await relay.device('me', { acknowledge: true });
    const partner = await relay.device('partner', { acknowledge: true });
    const receipt = await begin('/me.send?text=Fire&priority=emergency&then=partner&after=1');
    const refused = await relay.fetch(`/v1/answers/${receipt}`, { headers: { authorization: partner.auth } });
    expect(refused.status).to.equal(404);
    const { message } = await inTime(1, partner);
    expect(message.extra.ask.round).to.equal(2);
    const answer = await relay.fetch(`/v1/answers/${receipt}`, {
      method: 'POST',
      headers: { authorization: partner.auth },
    });
    expect(answer.json).to.deep.include({ state: 'answered', by: 'partner', escalated: ['partner'] });
  });

  it('ends when its key is ok, cleared or deleted', async () => {
    const relay = shared();
    await relay.device('key', { acknowledge: true });
    const path = '/key.send?text=Fire&priority=emergency&key=disk';
    for (const [how, method] of [
      ['/key.send?key=disk&state=ok', 'GET'],
      ['/v1/messages?target=key&key=disk', 'DELETE'],
      ['/v1/messages?target=key&key=disk&delete=1', 'DELETE'],
    ] as const) {
      const receipt = await begin(path);
      expect((await relay.request(how, { method })).status).to.equal(200);
      await eventually(`${how} ends it`, async () => (await answerOf(receipt)).state === 'cancelled');
    }
  });

  it('says who nobody called when it has expired', async () => {
    const relay = shared();
    const deaf = await relay.device('deaf', { acknowledge: true });
    const receipt = await begin('/deaf.send?text=Fire&priority=emergency&expire=90&wait=0');
    await nextOf(deaf);
    await inTime(1, deaf);
    await relay.clock.tick(MINUTE);
    const info = await eventually('it expires', () => answerOf(receipt), { until: ({ state }) => state === 'expired' });
    expect(info).to.deep.include({ round: 2, target: 'deaf' });
    const late = await relay.request(`/v1/messages/${info.mids[0]}/acknowledge`, { method: 'POST' });
    expect([late.status, late.json.code]).to.deep.equal([410, 'gone']);
  });

  it('may be due later', async () => {
    const relay = shared();
    const device = await relay.device('later', { acknowledge: true });
    const { json } = await relay.request('/later.send?text=Fire&priority=emergency&in=10m');
    expect(json.data.scheduled).to.be.a('number');
    const first = await inTime(10, device);
    const second = await inTime(1, device);
    const rounds = [first, second].map(({ message }) => message.extra.ask.round);
    expect([rounds, first.message.extra.receipt]).to.deep.equal([[1, 2], second.message.extra.receipt]);
    await relay.request(`/v1/answers/${first.message.extra.receipt}`, { method: 'DELETE' });
  });

  it('is none if it reaches nobody, unless it escalates', async () => {
    const relay = shared();
    const { json } = await relay.request('/nobody.send?text=Fire&priority=emergency');
    expect(json.data.status).to.deep.equal({ nobody: 'no' });
    expect(json.data).not.to.have.property('receipt');
    expect((await relay.request('/nobody.group?text=Fire&priority=emergency')).json.data).not.to.have.property(
      'receipt',
    );
    expect((await relay.request('/v1/answers?open=1&target=nobody')).json.answers).to.deep.equal([]);
    const backup = await relay.device('backup', { acknowledge: true });
    const receipt = await begin('/nobody.send?text=Fire&priority=emergency&then=backup&after=1');
    expect((await inTime(1, backup)).message.extra.receipt).to.equal(receipt);
    expect((await answerOf(receipt)).key).to.equal(`receipt:${receipt}`);
    await relay.request(`/v1/answers/${receipt}`, { method: 'DELETE' });
  });

  it('lets a key escalate only to where it may send', async () => {
    const relay = shared();
    await relay.device('mine', { acknowledge: true });
    await relay.device('theirs');
    const body = JSON.stringify({ name: 'nas', device: 'mine' });
    const made = await relay.request('/v1/keys', { method: 'POST', headers: JSON_TYPE, body });
    const headers = { authorization: made.json.key };
    const path = '/mine.send?text=Fire&priority=emergency';
    expect((await relay.fetch(`${path}&then=theirs`, { headers })).status).to.equal(403);
    expect((await relay.fetch(`${path}&then=ghost`, { headers })).status).to.equal(403);
    const { receipt } = (await relay.fetch(path, { headers })).json.data;
    // Whoever sent it sees what became of it, and cancels it.
    expect((await relay.fetch(`/v1/answers/${receipt}`, { headers })).json).to.include({ state: 'open', from: 'nas' });
    expect((await relay.fetch(`/v1/answers/${receipt}`, { headers, method: 'DELETE' })).json.state).to.equal(
      'cancelled',
    );
  });

  it('refuses wrong options, and sends nothing', async () => {
    const relay = shared();
    const device = await relay.device('strict', { acknowledge: true });
    for (const [query, text] of [
      ['retry=10', 'retry must be seconds'],
      ['expire=4h', 'expire must be seconds'],
      ['then=nobody', 'then names nobody'],
      ['then=a,b,c,d,e,f', 'at most 5'],
      ['after=0', 'after must be'],
      ['ring=never', 'always rings'],
      ['retry=60&retry=90', 'one text'],
    ]) {
      const { status, json } = await relay.request(`/strict.send?text=x&priority=emergency&${query}`);
      expect([status, json.data], query).to.satisfy(
        ([code, said]: [number, string]) => code === 400 && said.includes(text ?? ''),
      );
    }
    expect((await relay.request('/v1/answers?target=strict')).json.answers).to.deep.equal([]);
    await device.settle();
    expect(device.frames.some((frame) => frame.includes('"MESSAGE"'))).to.equal(false);
  });

  it('takes a device only from the owner, and only one that got the message', async () => {
    const relay = shared();
    const one = await relay.device('one', { acknowledge: true });
    const other = await relay.device('other');
    await begin('/one.send?text=Fire&priority=emergency');
    const { mid } = await nextOf(one);
    const acknowledge = (authorization: string | undefined, device?: unknown) =>
      relay.request(`/v1/messages/${mid}/acknowledge`, {
        method: 'POST',
        headers: { ...JSON_TYPE, ...(authorization === undefined ? {} : { authorization }) },
        body: JSON.stringify({ device }),
      });
    expect((await acknowledge('wrong')).status).to.equal(401);
    expect((await acknowledge(other.auth)).status).to.equal(404);
    expect((await acknowledge(one.auth, 'other')).status).to.equal(403);
    for (const device of ['other', 'nobody', 5, {}])
      expect((await acknowledge(undefined, device)).status).to.equal(400);
    expect((await acknowledge(undefined, 'one')).json).to.deep.equal({ acknowledged: true });
    expect((await acknowledge(undefined)).json).to.deep.equal({ acknowledged: true });
    expect(await answerOf(mid)).to.include({ state: 'answered', by: 'one' });
  });
});
