import { expect } from 'chai';
import { sharedWorld } from '../../support/shared-world.ts';
import { TOKEN, world } from '../../world.ts';
import { ACCEPTED, answerOf, authOf, info, raw } from './requests.ts';

const claimsOf = (jwt: string) => JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString());

describe('POST AUTH', () => {
  const shared = sharedWorld();

  it('gives a token and registers nothing', async () => {
    const relay = await world();
    const { status, text, json } = await relay.post({ cmd: 'AUTH', data: { token: TOKEN, name: 'a', group: 'g,h' } });
    expect(status).to.equal(200);
    expect(text).to.match(ACCEPTED);
    expect(claimsOf(json.data.auth)).to.deep.include({ name: 'a', group: 'g,h' });
    expect(relay.relay.devices()).to.deep.equal([]);
  });

  const cases: [string, unknown, number, string][] = [
    ['a wrong token', { token: 'x', name: 'a' }, 403, '{"cmd":"AUTH","data":{"code":403,"msg":"Token invalid"}}'],
    ['no token', { name: 'a' }, 403, '{"cmd":"AUTH","data":{"code":403,"msg":"Token invalid"}}'],
    [
      'a token that is no text',
      { token: [TOKEN, 1], name: 'a' },
      403,
      '{"cmd":"AUTH","data":{"code":403,"msg":"Token invalid"}}',
    ],
    ['no name', { token: TOKEN }, 400, info('name property is required')],
    ['an object as a name', { token: TOKEN, name: { toString: 1 } }, 400, info('name property must be a string')],
    [
      'an object as a group',
      { token: TOKEN, name: 'a', group: { toString: 1 } },
      400,
      info('group must be a string or an array of strings'),
    ],
    [
      'numbers as groups',
      { token: TOKEN, name: 'a', group: [1] },
      400,
      info('group must be a string or an array of strings'),
    ],
    ['no data', undefined, 400, info('data property must be an object')],
    ['an array as data', [], 400, info('data property must be an object')],
  ];
  for (const [what, data, status, text] of cases) {
    it(`refuses ${what}`, async () => {
      expect(await answerOf(shared(), { cmd: 'AUTH', data })).to.deep.equal([status, text]);
    });
  }

  it('checks the token also where http.verifyToken is off', async () => {
    const relay = await world({ config: { http: { verifyToken: false } } });
    expect((await answerOf(relay, { cmd: 'AUTH', data: { token: 'x', name: 'a' } }))[0]).to.equal(403);
  });

  it('refuses the name of a webhook', async () => {
    const clients = [{ name: 'wh1', url: 'http://127.0.0.1:9/', method: 'GET' }];
    const relay = await world({ config: { webhook: { clients } } });
    expect(await answerOf(relay, { cmd: 'AUTH', data: { token: TOKEN, name: 'wh1' } })).to.deep.equal([
      403,
      '{"cmd":"AUTH","data":{"code":403,"msg":"The name [wh1] is already used"}}',
    ]);
  });
});

describe('POST MESSAGE', () => {
  const shared = sharedWorld();

  it('delivers exactly the message of the description', async () => {
    const relay = await world();
    const device = await relay.device('a', { acknowledge: true });
    const { status, text } = await relay.post({
      cmd: 'MESSAGE',
      data: { sendType: 'personal', target: 'a', message: { text: 'hi', desp: '', extra: {} } },
    });
    const frame = await device.next();
    const { mid } = JSON.parse(frame).data;
    expect(frame).to.equal(
      `{"cmd":"MESSAGE","data":{"sendType":"personal","target":"a","from":{"method":"http","name":""},"message":{"text":"hi","desp":"","extra":{}},"mid":"${mid}"}}`,
    );
    expect([status, text]).to.deep.equal([
      200,
      `{"cmd":"MESSAGE_REPLY","data":{"mid":"${mid}","status":{"a":"ok"},"a":"ok"}}`,
    ]);
  });

  it('names the sender that has a token over HTTP, though no such device exists', async () => {
    const relay = await world();
    const device = await relay.device('a', { acknowledge: true });
    const auth = await authOf(relay, 'cron');
    await relay.post({ cmd: 'MESSAGE', auth, data: { sendType: 'personal', target: 'a' } });
    expect((await device.packet('MESSAGE')).data.from).to.deep.equal({ method: 'http', name: 'cron' });
    expect(relay.relay.devices()).to.deep.equal(['a']);
  });

  it('answers no for an unknown name and nothing for an empty group', async () => {
    const relay = await world();
    const personal = await relay.post({ cmd: 'MESSAGE', data: { sendType: 'personal', target: '123' } });
    expect(personal.text).to.match(/"data":\{"mid":"\d+","status":\{"123":"no"\},"123":"no"\},"hint":".+"\}$/);
    const group = await relay.post({ cmd: 'MESSAGE', data: { sendType: 'group', target: 'nobody' } });
    expect(group.text).to.match(/"data":\{"mid":"\d+","status":\{\}\},"hint":".+"\}$/);
  });

  const refused: [unknown, string][] = [
    [undefined, 'data property must be an object'],
    [{}, 'target property is required'],
    [{ sendType: 'x' }, 'target property is required'],
    [{ target: 'a' }, "sendType property must 'personal' or 'group'"],
    [{ target: 'a', sendType: 'Group' }, "sendType property must 'personal' or 'group'"],
    [{ target: { a: 1 }, sendType: 'personal' }, 'target property must be a string'],
  ];
  for (const [data, text] of refused) {
    it(`refuses ${JSON.stringify(data)}`, async () => {
      expect(await answerOf(shared(), { cmd: 'MESSAGE', data })).to.deep.equal([400, info(text)]);
    });
  }

  for (const extra of [null, [1], 'x', 5]) {
    it(`takes ${JSON.stringify(extra)} as extra for {}`, async () => {
      const relay = shared();
      const device = await relay.device('a', { acknowledge: true });
      await relay.post({ cmd: 'MESSAGE', data: { sendType: 'personal', target: 'a', message: { text: 'x', extra } } });
      expect((await device.packet('MESSAGE')).data.message).to.deep.equal({ text: 'x', desp: '', extra: {} });
    });
  }

  it('is a packet on every path that no other dialect has', async () => {
    const relay = await world();
    const device = await relay.device('a', { acknowledge: true });
    for (const path of ['/', '/anything', '/b.send', '/ops.group', '/%ZZ']) {
      const answer = await raw(relay, {
        method: 'POST',
        path,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ cmd: 'MESSAGE', data: { sendType: 'personal', target: 'a' } }),
      });
      expect([answer.status, JSON.parse(answer.text).data.a], path).to.deep.equal([200, 'ok']);
      await device.packet('MESSAGE');
    }
  });

  it('takes wait from the query', async () => {
    const relay = await world();
    await relay.device('a');
    const answer = await relay.request('/?wait=0', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ cmd: 'MESSAGE', data: { sendType: 'personal', target: 'a' } }),
    });
    expect(answer.json.data.status).to.deep.equal({ a: 'wait' });
  });
});
