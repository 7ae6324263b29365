import { once } from 'node:events';
import { createServer } from 'node:http';
import { text as bodyOf } from 'node:stream/consumers';
import { expect } from 'chai';
import { forSuite, onCleanup } from '../support/cleanup.ts';
import { listen } from '../support/push-service/listen.ts';
import { type Hosts, hosts } from './support/hosts.ts';
import { npmPackage, python } from './support/programs.ts';
import { arrivedAt, builtRelay, keyTo, onlyMessage } from './support/relay.ts';

const HOST = 'api.pushover.net';
const NAS = 'https://nas.example/';

describe('programs that speak Pushover', () => {
  const relay = builtRelay();
  const names = forSuite((): Promise<Hosts> => hosts([HOST], relay().port));
  /** The key of a device, twice: programs want 30 characters. */
  const tokenTo = async (device: string) => {
    const key = await keyTo(relay(), device);
    return `${key}${key}`;
  };

  it('pushover_complete sends with everything it has, and asks for sounds and devices', async () => {
    const token = await tokenTo('complete');
    const found = await python(
      `
import io
from pushover_complete import PushoverAPI, BadAPIRequestError
api = PushoverAPI(given['token'])
sent = api.send_message('anybody', '<b>91 %</b> used', title='Disk 磁盘', url=given['nas'], url_title='nas', priority=1,
    sound='siren', html=1, timestamp=1796040000, image=io.BytesIO(b'1234'))
try:
    api.send_message('anybody', '')
    refused = None
except BadAPIRequestError as error:
    refused = str(error)
result = dict(sent=sent, refused=refused, sounds=api.get_sounds(), valid=api.validate('anybody'))
`,
      { token, nas: NAS },
      names().env,
    );
    expect(found.sent).to.deep.include({ status: 1 });
    expect(found.refused).to.equal('400: message cannot be blank');
    expect(found.sounds).to.deep.equal({ none: 'None (silent)', pushover: 'Pushover (default)' });
    expect(found.valid).to.deep.include({ status: 1, group: 0, devices: ['complete'] });
    const { text, desp, extra } = await onlyMessage(relay(), 'complete');
    expect({ text, desp }).to.deep.equal({ text: 'Disk 磁盘', desp: '**91 %** used\n\n📎 attachment, 4 bytes' });
    expect(extra).to.deep.include({
      ...{ priority: 4, sound: 'siren', click: NAS, timestamp: '1796040000' },
      actions: [{ action: 'open', label: 'nas', url: NAS }],
    });
  });

  it('pushover_complete starts an emergency, which a person acknowledges, and it is called back', async () => {
    const token = await tokenTo('emergency');
    const calls: URLSearchParams[] = [];
    const server = createServer(async (request, response) => {
      calls.push(new URLSearchParams(await bodyOf(request)));
      response.end();
    });
    const port = await listen(server, 0, '127.0.0.1');
    onCleanup(() => void server.close());
    const { receipt, state } = await python(
      `
from pushover_complete import PushoverAPI
api = PushoverAPI(given['token'])
receipt = api.send_message('somebody', 'the door is open', priority=2, retry=30, expire=600, callback_url=given['callback'])['receipt']
result = dict(receipt=receipt, state=api.check_receipt(receipt))
`,
      { token, callback: `http://127.0.0.1:${port}/back` },
      names().env,
    );
    expect(state).to.deep.include({ status: 1, acknowledged: 0, acknowledged_by: '', expired: 0, called_back: 0 });
    const { mid, text, extra } = await onlyMessage(relay(), 'emergency');
    expect(text).to.equal('the door is open');
    expect(extra).to.deep.include({ priority: 5, receipt });
    const called = once(server, 'request');
    await relay().request(`/v1/messages/${mid}/acknowledge`, { method: 'POST', body: '{"device":"emergency"}' });
    await called;
    const { done, cancelled } = await python(
      `
from pushover_complete import PushoverAPI
api = PushoverAPI(given['token'])
result = dict(done=api.check_receipt(given['receipt']), cancelled=api.cancel_receipt(given['receipt']))
`,
      { token, receipt },
      names().env,
    );
    expect(done).to.deep.include({
      ...{ acknowledged: 1, acknowledged_by: 'somebody', acknowledged_by_device: 'emergency', expired: 0 },
    });
    expect(cancelled).to.deep.include({ status: 1 });
    expect(Object.fromEntries(calls[0] ?? [])).to.deep.include({
      ...{ receipt, acknowledged: '1', acknowledged_by: 'somebody', acknowledged_by_device: 'emergency' },
    });
  });

  it('chump finds its application, its user and its devices, sends, and follows an emergency', async () => {
    const token = await tokenTo('chump');
    const found = await python(
      `
import chump
app = chump.Application(given['token'])
user = app.get_user(given['token'])
facts = dict(app=app.is_authenticated, user=user.is_authenticated, devices=list(user.devices), sounds=dict(app.sounds))
alarm = user.send_message('the door is open', title='Door 门', priority=chump.EMERGENCY, retry=30, expire=600, url=given['nas'], url_title='nas')
before = (alarm.is_sent, alarm.is_acknowledged)
alarm.poll()
alarm.cancel()
alarm.poll()
result = dict(facts, before=before, receipt=alarm.receipt, expired=alarm.is_expired, acknowledged=alarm.is_acknowledged)
`,
      { token, nas: NAS },
      names().env,
    );
    expect(found).to.deep.include({
      ...{ app: true, user: true, devices: ['chump'], before: [true, false], expired: true, acknowledged: false },
      sounds: { none: 'None (silent)', pushover: 'Pushover (default)' },
    });
    const { text, desp, extra } = await onlyMessage(relay(), 'chump');
    expect({ text, desp }).to.deep.equal({ text: 'Door 门', desp: 'the door is open' });
    expect(extra).to.deep.include({ priority: 5, receipt: found.receipt, click: NAS, markdown: 0 });
  });

  it('chump says that a token is wrong', async () => {
    const found = await python(
      `
import chump
result = chump.Application('A' * 30).is_authenticated
`,
      {},
      names().env,
    );
    expect(found).to.equal(false);
  });

  it('python-pushover2 sends, with everything in the query', async () => {
    const token = await tokenTo('pushover2');
    const found = await python(
      `
import pushover
client = pushover.Client(given['token'], api_token=given['token'])
sent = client.send_message('91 % used', title='Disk', priority=-1)
alarm = client.send_message('the door is open', title='Door', priority=2, retry=30, expire=60)
polled = alarm.poll().answer
alarm.cancel()
result = dict(known=client.verify(), devices=client.devices, sent=sent.answer, receipt=alarm.receipt, polled=polled)
`,
      { token },
      names().env,
    );
    expect(found).to.deep.include({ known: true, devices: ['pushover2'] });
    expect(found.sent).to.deep.include({ status: 1 });
    expect(found.polled).to.deep.include({ status: 1, acknowledged: 0, expired: 0 });
    const messages = await arrivedAt(relay(), 'pushover2');
    expect(messages.map(({ text, desp, extra }) => [text, desp, extra['priority'], extra['receipt']])).to.deep.equal([
      ['Disk', '91 % used', 2, undefined],
      ['Door', 'the door is open', 5, found.receipt],
    ]);
  });

  it('the npm package pushover-notifications sends, with and without a file', async () => {
    const token = await tokenTo('notifications');
    const { default: Pushover } = await npmPackage('pushover-notifications');
    const { port, ca } = names();
    const push = new Pushover({
      user: token,
      token,
      httpOptions: { hostname: '127.0.0.1', servername: HOST, port, ca },
      onerror: (error: Error) => {
        throw error;
      },
    });
    const send = (message: object) =>
      new Promise<string>((resolve, reject) => {
        push.send(message, (error: Error | null, answer: string) => (error ? reject(error) : resolve(answer)));
      });
    expect(JSON.parse(await send({ message: '91 % used', title: 'Disk', priority: 1 }))).to.deep.include({ status: 1 });
    const { text, desp, extra } = await onlyMessage(relay(), 'notifications');
    expect({ text, desp }).to.deep.equal({ text: 'Disk', desp: '91 % used' });
    expect(extra).to.deep.include({ priority: 4, markdown: 0 });
    const file = { name: 'disk.png', data: Buffer.from('1234') };
    expect(JSON.parse(await send({ message: '92 % used', title: 'Disk', file }))).to.deep.include({ status: 1 });
    expect((await arrivedAt(relay(), 'notifications')).at(-1)?.desp).to.equal('92 % used\n\n📎 disk.png, 4 bytes');
  });
});
