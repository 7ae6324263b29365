import { expect } from 'chai';
import { eventually } from '../../support/eventually.ts';
import { sharedWorld } from '../../support/shared-world.ts';
import { TOKEN } from '../../world.ts';
import { keySuite, makeKey, rawGet, stored } from '../key-senders.ts';

const FORM = 'application/x-www-form-urlencoded';
const post = (body: string, type = FORM): RequestInit => ({ method: 'POST', headers: { 'content-type': type }, body });
const json = (value: unknown) => post(JSON.stringify(value), 'application/json;charset=utf-8');

describe('serverchan', () => {
  const { relay, keys } = keySuite();

  const SENDERS: readonly [what: string, path: string, init: RequestInit, expected: object][] = [
    [
      'serverchan-sdk',
      '/KEY.send',
      json({ title: 'T', desp: '**D**', short: 's', tags: 'a|b' }),
      { from: 'nas', text: 'T', desp: '**D**', extra: { short: 's', tags: ['a', 'b'] } },
    ],
    ['the form of Server酱³', '/send/KEY.send', json({ title: 'T3', desp: 'D' }), { text: 'T3', desp: 'D', extra: {} }],
    [
      'apprise',
      '/KEY.send',
      post('title=%E7%A3%81%E7%9B%98+Disk&desp=91+%25+used%0Asecond+line'),
      { text: '磁盘 Disk', desp: '91 % used\nsecond line' },
    ],
    [
      'curl --data-binary',
      '/KEY.send',
      post('text=Disk&desp=91 % used\nsecond'),
      { text: 'Disk', desp: '91 % used\nsecond' },
    ],
    ['a GET', '/KEY.send?title=T&desp=D', {}, { text: 'T', desp: 'D' }],
    ['a title alone', '/KEY.send?text=alone', {}, { text: 'alone', desp: '' }],
    ['a key twice', '/KEYKEY.send?title=twice', {}, { text: 'twice' }],
    ['the prefix', '/serverchan/KEY.send?title=P', {}, { text: 'P' }],
    ['the long prefix', '/serverchan/send/KEY.send?title=P3', {}, { text: 'P3' }],
    [
      'what has no effect',
      '/KEY.send',
      json({ title: 'T', encoded: 'x', noip: 1, channel: '9' }),
      { extra: { encoded: 'x', noip: 1, channel: '9' } },
    ],
  ];
  for (const [what, path, init, expected] of SENDERS) {
    it(`takes ${what}`, async () => {
      const answer = await relay().fetch(path.replaceAll('KEY', keys.key), init);
      const last = await stored(relay(), 'phone');
      expect(last).to.deep.include(expected);
      const { readkey } = answer.json.data;
      expect(readkey).to.match(/^SCT[0-9A-Za-z]{22}$/);
      expect([answer.status, answer.json]).to.deep.equal([
        200,
        { code: 0, message: '', data: { pushid: last.mid, readkey, error: 'SUCCESS', errno: 0 } },
      ]);
    });
  }

  it('tells by pushid and readkey what became of the message', async () => {
    const desk = await makeKey(relay(), { name: 'desk nas', device: 'desk' });
    const { data } = (await relay().fetch(`/${desk}.send?title=T&desp=D`)).json;
    const poll = async (prefix = '') =>
      (await relay().fetch(`${prefix}/push?id=${data.pushid}&readkey=${data.readkey}`)).json;
    const first = await poll();
    const { created_at: at, updated_at: again } = first.data;
    expect(at).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/);
    expect([first, again]).to.deep.equal([
      {
        code: 0,
        message: '',
        data: {
          id: data.pushid,
          uid: '',
          title: 'T',
          desp: 'D',
          encoded: '',
          readkey: data.readkey,
          wxstatus: '',
          created_at: at,
          updated_at: at,
        },
      },
      at,
    ]);
    const device = await relay().device('desk', { acknowledge: true });
    await eventually('the device has the message', async () => (await poll()).data.wxstatus !== '');
    const { wxstatus } = (await poll('/serverchan')).data;
    expect(wxstatus).to.be.a('string');
    expect(JSON.parse(wxstatus)).to.deep.equal({ errcode: 0, errmsg: 'ok', status: { desk: 'ok' } });
    device.ws.close();
  });

  it('leaves names of devices, and paths of Bark, to others', async () => {
    const named = await relay().request('/phone.send?wait=0', { method: 'POST', body: 'named' });
    expect(named.json.data).to.have.property('phone');
    // A name in the form of a key: whoever shows a token sends to a name.
    const unknown = await relay().request('/AdministratorPC.send?wait=0&text=x');
    expect(unknown.json.data).to.include({ AdministratorPC: 'no' });
    expect((await relay().fetch('/phone.send?text=x')).status).to.equal(401);
    expect((await relay().fetch(`/${keys.key}.send`, { method: 'OPTIONS' })).status).to.equal(403);
    expect((await relay().fetch(`/${keys.key}.send?text=x`, { method: 'PUT', body: '' })).json.cmd).to.equal('INFO');
    expect((await relay().fetch('/push?id=1')).json.message).to.not.include('[AUTH]');
    const bark = await relay().fetch('/push', json({ device_key: keys.key, title: 'Bark' }));
    expect([bark.json.code, (await stored(relay(), 'phone')).text]).to.deep.equal([200, 'Bark']);
  });

  it('sends nothing by HEAD or a prefetch, and asks in a browser', async () => {
    const before = (await stored(relay(), 'phone')).mid;
    const path = `/${keys.key}.send?title=x`;
    expect((await relay().fetch(path, { method: 'HEAD' })).status).to.equal(200);
    expect((await rawGet(relay(), path, { headers: { purpose: 'prefetch' } })).status).to.equal(403);
    const page = await rawGet(relay(), path, { headers: { 'sec-fetch-mode': 'navigate' } });
    expect(page.text).to.include('<button>');
    expect((await stored(relay(), 'phone')).mid).to.equal(before);
  });

  const [AUTH, INPUT] = [40001, 20001];
  const HOSTILE: readonly [what: string, path: string, init: RequestInit, status: number, code: number][] = [
    ['an unknown SendKey', '/SCT1abc.send?title=T', {}, 400, AUTH],
    ['an unknown SendKey of Server酱³', '/send/sctp1tabc.send?title=T', {}, 400, AUTH],
    ['a key that was never made', '/A0123456789abcd.send?title=T', {}, 400, AUTH],
    ["the relay's token", `/send/${TOKEN}.send?title=T`, { headers: { authorization: TOKEN } }, 400, AUTH],
    ['no title', '/KEY.send?desp=D', {}, 400, INPUT],
    ['nobody there', '/LOST.send?title=T', {}, 400, INPUT],
    ['broken JSON', '/KEY.send', post('{', 'application/json'), 400, INPUT],
    ['bytes', '/KEY.send', post('title=%ff'), 400, INPUT],
    ['a large body', '/KEY.send', post(`title=${'x'.repeat(100_001)}`), 413, INPUT],
    ['another method', '/send/KEY.send', { method: 'DELETE' }, 405, INPUT],
    ['a wrong readkey', '/push?id=1&readkey=SCTwrong', {}, 400, AUTH],
    ['no id', '/push?readkey=SCTwrong', {}, 400, AUTH],
  ];
  for (const [what, path, init, status, code] of HOSTILE) {
    it(`refuses ${what}, and changes nothing`, async () => {
      const before = (await stored(relay(), 'phone')).mid;
      const answer = await relay().fetch(path.replace('KEY', keys.key).replace('LOST', keys.lost), init);
      expect([answer.status, answer.json.code]).to.deep.equal([status, code]);
      expect(answer.json.message).to.equal(`${code === AUTH ? '[AUTH]' : '[INPUT]'}${answer.json.info}`);
      expect((await stored(relay(), 'phone')).mid).to.equal(before);
    });
  }
});

describe('serverchan: switched off', () => {
  const relay = sharedWorld({ config: { serverchan: { enabled: false } } });

  it('leaves its paths to others', async () => {
    const key = await makeKey(relay(), { name: 'nas', device: 'phone' });
    for (const path of [`/${key}.send`, `/send/${key}.send`, `/serverchan/${key}.send`]) {
      const { json: reply } = await relay().fetch(`${path}?title=T`);
      expect(reply?.data?.pushid, path).to.equal(undefined);
    }
  });
});
