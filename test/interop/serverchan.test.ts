import { expect } from 'chai';
import { forSuite } from '../support/cleanup.ts';
import { type Hosts, hosts } from './support/hosts.ts';
import { node, python } from './support/programs.ts';
import { builtRelay, keyTo, onlyMessage } from './support/relay.ts';

/** A key as the newer service makes them: its number is a part of the host. */
const KEY_3 = 'sctp1234tabcdefgh';

describe('serverchan-sdk', () => {
  const relay = builtRelay({ keys: [{ name: 'three', key: KEY_3, device: 'three' }] });
  const names = forSuite((): Promise<Hosts> => hosts(['sctapi.ftqq.com', '1234.push.ft07.com'], relay().port));

  it('sends from Python, and a script learns when the message has arrived', async () => {
    const key = await keyTo(relay(), 'turbo');
    const phone = await relay().device('turbo', { acknowledge: true });
    const found = await python(
      `
import time, requests
from serverchan_sdk import sc_send
answer = sc_send(given['key'], '磁盘 Disk', '91 %\\n\\n**used**', {'tags': 'nas|disk', 'short': 'disk'})
state = ''
for _ in range(120):
    state = requests.get('https://sctapi.ftqq.com/push?id=' + answer['data']['pushid'] + '&readkey=' + answer['data']['readkey']).json()['data']['wxstatus']
    if len(state) > 2: break
    time.sleep(0.25)
wrong = sc_send('SCT1wrongwrongwrong', 'x')
result = dict(answer=answer, state=json.loads(state), wrong=wrong)
`,
      { key },
      names().env,
    );
    expect(found.answer).to.deep.include({ code: 0 });
    expect(found.answer.data).to.deep.include({ error: 'SUCCESS', errno: 0 });
    expect(found.state).to.deep.equal({ errcode: 0, errmsg: 'ok', status: { turbo: 'ok' } });
    expect(found.wrong).to.deep.include({ code: 40001, message: '[AUTH]错误的Key' });
    const { mid, text, desp, extra } = await onlyMessage(relay(), 'turbo');
    expect({ text, desp }).to.deep.equal({ text: '磁盘 Disk', desp: '91 %\n\n**used**' });
    expect(extra).to.deep.include({ short: 'disk', tags: ['nas', 'disk'] });
    expect(found.answer.data.pushid).to.equal(mid);
    phone.ws.close();
  });

  it('sends from Python with a key of the newer service', async () => {
    const answer = await python(
      `
from serverchan_sdk import sc_send
result = sc_send(given['key'], 'Disk', '91 % used')
`,
      { key: KEY_3 },
      names().env,
    );
    expect(answer).to.deep.include({ code: 0 });
    expect(await onlyMessage(relay(), 'three')).to.deep.include({ from: 'three', text: 'Disk', desp: '91 % used' });
  });

  it('sends from Node', async () => {
    const key = await keyTo(relay(), 'node');
    const answer = await node(
      `
import { scSend } from 'serverchan-sdk';
result = await scSend(given.key, '磁盘 Disk', '91 % used', { tags: 'nas' });
`,
      { key },
      names().env,
    );
    expect(answer).to.deep.include({ code: 0 });
    const { text, desp, extra } = await onlyMessage(relay(), 'node');
    expect({ text, desp }).to.deep.equal({ text: '磁盘 Disk', desp: '91 % used' });
    expect(extra).to.deep.include({ tags: ['nas'] });
  });
});
