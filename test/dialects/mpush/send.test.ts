import { expect } from 'chai';
import { type WorldOptions, world } from '../../world.ts';
import { type RawRequest, raw } from './requests.ts';

const MULTIPART = { 'content-type': 'multipart/form-data; boundary=XX' };
const JSON_TYPE = { 'content-type': 'application/json' };
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

/** Sends to the device `a` and gives what arrived there. */
async function arrived(request: RawRequest, options: WorldOptions & { name?: string; group?: string } = {}) {
  const relay = await world(options);
  const device = await relay.device(options.name ?? 'a', { acknowledge: true, group: options.group ?? '' });
  const answer = await raw(relay, request);
  expect(answer.status, answer.text).to.equal(200);
  const { data } = await device.packet('MESSAGE');
  return { data, message: data.message, reply: JSON.parse(answer.text).data };
}

describe('GET /<name>.send', () => {
  it('answers ok once the device has acknowledged', async () => {
    const relay = await world();
    const device = await relay.device('kooritea', { acknowledge: true });
    const { status, text } = await relay.request('/kooritea.send?text=hi');
    const { data } = await device.packet('MESSAGE');
    expect(status).to.equal(200);
    expect(text).to.equal(
      `{"cmd":"MESSAGE_REPLY","data":{"mid":"${data.mid}","status":{"kooritea":"ok"},"kooritea":"ok"}}`,
    );
  });

  it('delivers the README example with every parameter where it belongs', async () => {
    const { data } = await arrived({
      path: '/a.send?text=1&text=2&desp=d%26+x&a=233&a=4&b=%7B%22hello%22:%22world%22%7D&c=&title=t&token=x',
    });
    expect(data).to.deep.include({
      sendType: 'personal',
      target: 'a',
      from: { method: 'http', name: '' },
      message: { text: '1,2', desp: 'd& x', extra: { a: ['233', '4'], b: '{"hello":"world"}', c: '' } },
    });
    expect(Object.keys(data)).to.deep.equal(['sendType', 'target', 'from', 'message', 'mid']);
  });

  it('takes title for text', async () => {
    expect((await arrived({ path: '/a.send?title=Backup%20done' })).message).to.deep.equal({
      text: 'Backup done',
      desp: '',
      extra: {},
    });
  });

  for (const [path, name] of [
    ['/%E5%BC%A0.send', '张'],
    ['/a.b.send', 'a.b'],
    ['/a.group.send', 'a.group'],
    ['/a%20b.send', 'a b'],
    ['/__proto__.send', '__proto__'],
    ['/constructor.send', 'constructor'],
    [`/${encodeURIComponent('📱'.repeat(32))}.send`, '📱'.repeat(32)],
  ] as const) {
    it(`reaches ${name} by ${path}`, async () => {
      const { reply } = await arrived({ path: `${path}?text=x` }, { name });
      expect(Object.entries(reply.status)).to.deep.equal([[name, 'ok']]);
      expect(Object.hasOwn(reply, name)).to.equal(true);
    });
  }

  it('answers no for a name that nobody bears, and remembers nothing', async () => {
    const relay = await world();
    const { status, text } = await relay.request('/nobody.send?text=x');
    expect(status).to.equal(200);
    expect(text).to.match(
      /^\{"cmd":"MESSAGE_REPLY","data":\{"mid":"\d+","status":\{"nobody":"no"\},"nobody":"no"\},"hint":"no device is known yet.+"\}$/,
    );
    const device = await relay.device('nobody');
    await device.settle();
    expect(device.frames.some((frame) => frame.includes('MESSAGE'))).to.equal(false);
  });
});

describe('/<group>.group', () => {
  it('reaches every member, each in the reply in the order of registration', async () => {
    const relay = await world();
    for (const name of ['c', '1', 'a'])
      await relay.device(name, { group: name === 'a' ? 'x,ops' : 'ops', acknowledge: true });
    await relay.device('b', { group: 'other' });
    const { text } = await relay.request('/ops.group?text=x');
    expect(text).to.match(/"status":\{"c":"ok","1":"ok","a":"ok"\},"c":"ok","1":"ok","a":"ok"\}\}$/);
  });

  it('is told to the member as the target', async () => {
    const { data } = await arrived({ path: '/%E5%AE%B6.group?text=x' }, { group: '家' });
    expect(data).to.deep.include({ sendType: 'group', target: '家' });
  });

  it('ends at once without members', async () => {
    const { text } = await (await world()).request('/nobody.group?text=x');
    expect(text).to.match(/"data":\{"mid":"\d+","status":\{\}\},"hint":".+"\}$/);
  });
});

describe('POST and PUT /<name>.send', () => {
  it('take what a monitor posts, titled by its own words', async () => {
    const alert = {
      status: 'firing',
      commonLabels: { alertname: 'DiskFull' },
      commonAnnotations: { summary: 'Disk of db-1 is full', description: '/ has 1 % left' },
      alerts: [{ fingerprint: 'a1', startsAt: '2026-11-29T20:00:00Z' }],
    };
    const { message } = await arrived({
      method: 'POST',
      path: '/a.send',
      headers: JSON_TYPE,
      body: JSON.stringify(alert),
    });
    expect(message).to.deep.equal({ text: 'firing: Disk of db-1 is full', desp: '/ has 1 % left', extra: alert });
  });

  it('keep the digits of a large integer', async () => {
    const body = '{"text":"paid","order":1234567890123456789}';
    const { message } = await arrived({ method: 'POST', path: '/a.send', headers: JSON_TYPE, body });
    expect(message.extra).to.deep.equal({ order: '1234567890123456789' });
  });

  for (const method of ['POST', 'PUT']) {
    it(`take a form by ${method}`, async () => {
      const { message } = await arrived({
        method,
        path: '/a.send?x=1&desp=query',
        headers: FORM,
        body: 'text=a+b&desp=%E4%BD%A0&n=1&n=2',
      });
      expect(message).to.deep.equal({ text: 'a b', desp: '你', extra: { x: '1', n: ['1', '2'] } });
    });

    it(`take JSON by ${method} and keep its types`, async () => {
      const body = JSON.stringify({
        text: 'x',
        level: 3,
        tags: ['a', 1],
        on: false,
        none: null,
        extra: { deep: { a: [1] } },
      });
      const { message } = await arrived({ method, path: '/a.send', headers: JSON_TYPE, body });
      expect(message.extra).to.deep.equal({ level: 3, tags: ['a', 1], on: false, none: null, deep: { a: [1] } });
    });

    it(`take plain text by ${method} for desp`, async () => {
      const { message } = await arrived({
        method,
        path: '/a.send?text=log',
        headers: { 'content-type': 'text/plain' },
        body: 'a=b\n你',
      });
      expect(message).to.deep.equal({ text: 'log', desp: 'a=b\n你', extra: {} });
    });

    it(`take a body without a type by ${method} for desp`, async () => {
      const { message } = await arrived({ method, path: '/a.send', body: '{"not":"parsed"}' });
      expect(message).to.deep.equal({ text: '', desp: '{"not":"parsed"}', extra: {} });
    });

    it(`take a multipart form by ${method}, files too`, async () => {
      const body = [
        '--XX\r\nContent-Disposition: form-data; name="text"\r\n\r\n报告\r\n',
        '--XX\r\nContent-Disposition: form-data; name="desp"; filename="r.log"\r\nContent-Type: text/x-log\r\n\r\nl1\nl2\r\n',
        '--XX--\r\n',
      ].join('');
      const { message } = await arrived({ method, path: '/a.send', headers: MULTIPART, body });
      expect(message).to.deep.equal({ text: '报告', desp: 'l1\nl2', extra: {} });
    });
  }

  it('take a form that has a field called cmd for a message', async () => {
    const { message } = await arrived({ method: 'POST', path: '/a.send', headers: FORM, body: 'cmd=AUTH&text=x' });
    expect(message).to.deep.equal({ text: 'x', desp: '', extra: { cmd: 'AUTH' } });
  });

  it('take JSON whose cmd is no string for a message', async () => {
    const { message } = await arrived({
      method: 'POST',
      path: '/a.send',
      headers: JSON_TYPE,
      body: '{"cmd":1,"text":"x"}',
    });
    expect(message).to.deep.equal({ text: 'x', desp: '', extra: { cmd: 1 } });
  });

  it('refuse JSON that is no object, and a type that is no text', async () => {
    const relay = await world();
    const send = (headers: Record<string, string>, body: string) =>
      raw(relay, { method: 'POST', path: '/a.send', headers, body });
    for (const body of ['null', '[1]', '"x"', '5']) expect((await send(JSON_TYPE, body)).status, body).to.equal(400);
    expect((await send({ 'content-type': 'image/png' }, 'x')).status).to.equal(415);
  });

  it('reach a group', async () => {
    const { data } = await arrived({ method: 'PUT', path: '/ops.group', body: 'x' }, { group: 'ops' });
    expect([data.sendType, data.target, data.message.desp]).to.deep.equal(['group', 'ops', 'x']);
  });
});
