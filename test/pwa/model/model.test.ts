import { expect } from 'chai';
import type { Model } from '../../../pwa/src/model/model.ts';
import { eventually } from '../../support/eventually.ts';
import { TOKEN, type World, world } from '../../world.ts';
import { openPage, pairPage, refusalOf, TestBrowser, type TestPage, when } from '../support/page.ts';

async function send(relay: World, path: string): Promise<string> {
  const { json } = await relay.request(`${path}${path.includes('?') ? '&' : '?'}wait=0`);
  return json.data.mid;
}

/** Has a device receive and acknowledge messages with the texts `0`, `1`, …, as another page of its name would. */
async function receiveMany(relay: World, name: string, count: number): Promise<void> {
  const device = await relay.device(name, { acknowledge: true });
  const sender = await relay.device('sender');
  for (let n = 0; n < count; n += 1) {
    sender.send({ cmd: 'MESSAGE', data: { sendType: 'personal', target: name, message: { text: String(n) } } });
  }
  for (let n = 0; n < count; n += 1) await sender.packet('MESSAGE_REPLY');
  await device.settle();
  device.ws.terminate();
}

async function statusOf(relay: World, mid: string, name: string): Promise<string> {
  return (await relay.request(`/v1/messages/${mid}`)).json.status[name];
}

const titles = ({ messages }: Model) => messages.value.map(({ title }) => title);

/** Leaves the page without sockets, as a closed laptop does. */
async function goOffline(page: TestPage) {
  page.setOnline(false);
  await when(() => [...page.model.connections.value.values()].every(({ kind }) => kind === 'offline'));
}

async function comeBack(page: TestPage) {
  page.setOnline(true);
  page.back();
  await when(() => [...page.model.connections.value.values()].every(({ kind }) => kind === 'connected'));
}

describe('a paired page', () => {
  it('shows a message and acknowledges it once it is stored', async () => {
    const relay = await world();
    const page = await openPage(relay);
    await pairPage(relay, page, 'phone');
    const mid = await send(relay, '/phone.send?text=hi&desp=there&priority=high&tags=warning');
    await when(() => page.model.messages.value.length === 1);
    expect(page.model.messages.value[0]).to.deep.include({ mid, title: 'hi', body: 'there', priority: 4, read: false });
    expect(page.model.unread.value).to.equal(1);
    // The acknowledgement is on its way.
    await eventually('the phone has it', async () => (await statusOf(relay, mid, 'phone')) === 'ok');
  });

  it('keeps messages over a restart without a network', async () => {
    const relay = await world();
    const browser = new TestBrowser();
    const first = await openPage(relay, { browser });
    await pairPage(relay, first, 'phone');
    await send(relay, '/phone.send?text=hi');
    await when(() => first.model.messages.value.length === 1);
    first.close();
    const offline = {
      openSocket: () => {
        throw new Error('no network');
      },
    };
    const second = await openPage(relay, { browser, parts: offline });
    expect(titles(second.model)).to.deep.equal(['hi']);
    expect(second.model.accounts.value).to.have.lengthOf(1);
    expect(JSON.stringify(second.model.accounts.value)).to.not.include('auth');
  });

  it('misses and repeats no message when the connection breaks', async () => {
    const relay = await world();
    const page = await openPage(relay);
    await pairPage(relay, page, 'phone');
    const sent = [];
    for (let round = 0; round < 3; round += 1) {
      await goOffline(page);
      for (let n = 0; n < 25; n += 1) sent.unshift(await send(relay, `/phone.send?text=${round}.${n}`));
      await comeBack(page);
      await when(() => page.model.messages.value.length === sent.length);
    }
    expect(page.model.messages.value.map(({ mid }) => mid)).to.deep.equal(sent);
  });

  it('fetches messages that were settled while it was away, page by page', async () => {
    const relay = await world();
    const page = await openPage(relay);
    const { name } = await pairPage(relay, page, 'phone');
    await send(relay, `/${name}.send?text=first`);
    await when(() => page.model.messages.value.length === 1);
    await goOffline(page);
    await receiveMany(relay, 'phone', 410);
    await comeBack(page);
    await when(() => page.model.messages.value.length === 411);
  });

  it('fetches older messages after it is paired', async () => {
    const relay = await world();
    await receiveMany(relay, 'phone', 230);
    const page = await openPage(relay);
    await pairPage(relay, page, 'phone');
    await when(() => page.model.messages.value.length === 200 && page.model.hasOlder.value);
    await page.model.loadOlder();
    expect(titles(page.model).sort()).to.deep.equal(Array.from({ length: 230 }, (_, n) => String(n)).sort());
    expect(page.model.hasOlder.value).to.equal(false);
  });

  it('does not bring back deleted messages', async () => {
    const relay = await world();
    const browser = new TestBrowser();
    const page = await openPage(relay, { browser });
    await pairPage(relay, page, 'phone');
    await send(relay, '/phone.send?text=one');
    await send(relay, '/phone.send?text=two');
    await when(() => page.model.messages.value.length === 2);
    await page.model.remove(page.model.messages.value.slice(0, 1));
    await goOffline(page);
    await send(relay, '/phone.send?text=three');
    await comeBack(page);
    await when(() => page.model.messages.value.length === 2);
    expect(titles(page.model)).to.deep.equal(['three', 'one']);
    page.close();
    expect(titles((await openPage(relay, { browser })).model)).to.deep.equal(['three', 'one']);
  });

  it('reconnects a second after its socket breaks', async () => {
    const relay = await world();
    const page = await openPage(relay);
    const { id } = await pairPage(relay, page, 'phone');
    for (const socket of page.sockets) socket.terminate();
    await when(() => page.model.connections.value.get(id)?.kind === 'offline');
    await page.clock.tick(1000);
    await when(() => page.model.connections.value.get(id)?.kind === 'connected');
    expect(page.sockets).to.have.lengthOf(2);
  });

  it('says that it was removed, and does not reconnect', async () => {
    const relay = await world();
    const page = await openPage(relay);
    const { id } = await pairPage(relay, page, 'phone');
    await relay.request('/v1/devices/phone', { method: 'DELETE' });
    page.model.reconnect(id);
    await when(() => page.model.connections.value.get(id)?.kind === 'refused');
    expect(page.model.connections.value.get(id)).to.deep.equal({
      kind: 'refused',
      why: { key: 'connection.refused.removed' },
    });
  });

  it('says that its name was taken over, and takes it back on request', async () => {
    const relay = await world();
    const page = await openPage(relay);
    const { id } = await pairPage(relay, page, 'phone');
    const thief = await relay.device('phone');
    await when(() => page.model.connections.value.get(id)?.kind === 'refused');
    page.model.reconnect(id);
    await when(() => page.model.connections.value.get(id)?.kind === 'connected');
    expect((await thief.closed).code).to.equal(4409);
  });
});

describe('read marks', () => {
  it('reach the other devices while they are connected, and when they come back', async () => {
    const relay = await world();
    const [phone, other] = [await openPage(relay), await openPage(relay)];
    await pairPage(relay, phone, 'phone', ['all']);
    await pairPage(relay, other, 'desk', ['all']);
    await send(relay, '/all.group?text=one');
    await send(relay, '/all.group?text=two');
    await when(() => other.model.messages.value.length === 2 && phone.model.messages.value.length === 2);
    await other.model.markRead(other.model.messages.value.slice(0, 1));
    expect(other.model.unread.value).to.equal(1);
    await when(() => phone.model.unread.value === 1);
    await goOffline(phone);
    await other.model.markRead(other.model.messages.value);
    await when(() => other.model.unread.value === 0);
    await comeBack(phone);
    await when(() => phone.model.unread.value === 0);
  });

  it('reach the relay later when there is no network now', async () => {
    const relay = await world();
    const page = await openPage(relay);
    await pairPage(relay, page, 'phone');
    const mid = await send(relay, '/phone.send?text=hi');
    await when(() => page.model.messages.value.length === 1);
    await goOffline(page);
    await page.model.markRead(page.model.messages.value);
    expect(page.model.unread.value).to.equal(0);
    await comeBack(page);
    let mids: string[] = [];
    mids = await eventually('a message is read', async () => (await relay.request('/v1/reads?cursor=0')).json.mids, {
      until: (found) => found.length > 0,
    });
    expect(mids).to.deep.equal([mid]);
  });
});

describe('two tabs', () => {
  for (const [title, locks] of [
    ['with locks', true],
    ['without locks', false],
  ] as const) {
    it(`share one socket and show the same, ${title}`, async () => {
      const relay = await world();
      const browser = new TestBrowser();
      const options = locks ? { browser } : { browser, parts: { locks: undefined } };
      const first = await openPage(relay, options);
      const { id } = await pairPage(relay, first, 'phone');
      const second = await openPage(relay, options);
      await when(() => second.model.connections.value.get(id)?.kind === 'connected');
      await send(relay, '/phone.send?text=hi');
      await when(() => first.model.messages.value.length === 1 && second.model.messages.value.length === 1);
      const open = [...first.sockets, ...second.sockets].filter(({ readyState }) => readyState === 1);
      expect(open).to.have.lengthOf(1);
      await second.model.markRead(second.model.messages.value);
      await when(() => first.model.unread.value === 0);
      await first.model.remove(first.model.messages.value);
      await when(() => second.model.messages.value.length === 0);
      first.close();
      await send(relay, '/phone.send?text=again');
      await when(() => second.model.messages.value.length === 1);
    });
  }
});

describe('pairing', () => {
  it('makes a link that pairs another page once', async () => {
    const relay = await world();
    const first = await openPage(relay);
    const { id } = await pairPage(relay, first, 'laptop', ['home']);
    const { url } = await first.model.createPairingLink(id);
    const second = await openPage(relay, { browser: new TestBrowser() });
    const choice = await second.model.lookUpPairing('', url.toLowerCase());
    expect(choice).to.deep.include({ groups: ['home'], suggestedName: 'firefox-linux', mayTakeOver: false });
    await second.model.pair(choice, choice.suggestedName, ['home']);
    expect(await refusalOf(second.model.lookUpPairing('', url))).to.equal('pairing.code_over');
  });

  it('makes a link with the public address of the relay', async () => {
    const relay = await world({ config: { http: { url: 'https://herald.example.com/mpush' } } });
    const page = await openPage(relay);
    const { id } = await pairPage(relay, page, 'laptop');
    const { url, isLocal } = await page.model.createPairingLink(id);
    expect(isLocal).to.equal(false);
    expect(url).to.match(/^https:\/\/herald\.example\.com\/mpush\/#pair=\w+$/);
  });

  it('changes the name and the groups of this device, and keeps its messages', async () => {
    const relay = await world();
    const page = await openPage(relay);
    const { id } = await pairPage(relay, page, 'phone', ['home']);
    const mid = await send(relay, '/phone.send?text=before');
    await when(() => page.model.messages.value.length === 1);
    await eventually('the device has the message', async () => (await statusOf(relay, mid, 'phone')) === 'ok');
    await page.model.changeDevice(id, ' pixel ', ['ops']);
    expect(page.model.accounts.value).to.deep.include({ id, server: relay.url(''), name: 'pixel', groups: ['ops'] });
    await when(() => page.model.connections.value.get(id)?.kind === 'connected');
    await send(relay, '/ops.group?text=after');
    await when(() => page.model.messages.value.length === 2);
    expect(titles(page.model)).to.deep.equal(['after', 'before']);
    expect(await refusalOf(page.model.changeDevice(id, 'a/b', []))).to.equal('pairing.bad_name');
    expect(await page.model.relayVersion(id)).to.match(/^\d+\.\d+\.\d+/);
  });

  it('removes a device with the devices that it paired', async () => {
    const relay = await world();
    const page = await openPage(relay);
    const { id } = await pairPage(relay, page, 'phone');
    const other = await openPage(relay, { browser: new TestBrowser() });
    const { url } = await page.model.createPairingLink(id);
    const choice = await other.model.lookUpPairing('', url);
    const letIn = await other.model.pair(choice, 'tablet', []);
    expect((await page.model.devices(id)).find(({ name }) => name === 'tablet')?.pairedBy).to.equal('phone');
    await other.model.removeDevice(letIn.id, 'phone', true);
    expect((await relay.request('/v1/devices')).json.devices).to.deep.equal([]);
  });

  it('says what is wrong', async () => {
    const relay = await world();
    const { model } = await openPage(relay);
    expect(await refusalOf(model.lookUpPairing('', 'short'))).to.equal('pairing.bad_code');
    expect(await refusalOf(model.lookUpPairing('ftp://x', '0123456789AB'))).to.equal('pairing.bad_server');
    expect(await refusalOf(model.lookUpPairing('http://127.0.0.1:1', '0123456789AB'))).to.equal('error.plain_http');
    expect(await refusalOf(model.register(relay.url(), 'wrong', 'a', []))).to.equal('pairing.bad_token');
    expect(await refusalOf(model.register(relay.url(), TOKEN, 'a/b', []))).to.equal('pairing.bad_name');
    expect(await refusalOf(model.register(relay.url(), TOKEN, 'a', ['b,c']))).to.equal('pairing.bad_group');
    expect(model.accounts.value).to.deep.equal([]);
  });

  it('keeps the messages when a device is paired again', async () => {
    const relay = await world();
    const page = await openPage(relay);
    const { id } = await pairPage(relay, page, 'phone');
    await send(relay, '/phone.send?text=hi');
    await when(() => page.model.messages.value.length === 1);
    await relay.request('/v1/devices/phone', { method: 'DELETE' });
    const again = await page.model.register(relay.url(), TOKEN, 'phone', ['new']);
    expect(again).to.deep.equal({ id, server: relay.url(''), name: 'phone', groups: ['new'] });
    await when(() => page.model.connections.value.get(id)?.kind === 'connected');
    expect(titles(page.model)).to.deep.equal(['hi']);
    expect(page.model.accounts.value).to.have.lengthOf(1);
  });
});

describe('signOut', () => {
  it('removes the device at the relay, and its data here', async () => {
    const relay = await world();
    const browser = new TestBrowser();
    const page = await openPage(relay, { browser });
    const { id } = await pairPage(relay, page, 'phone');
    await send(relay, '/phone.send?text=hi');
    await when(() => page.model.messages.value.length === 1);
    await page.model.signOut(id);
    expect(page.model.messages.value).to.deep.equal([]);
    expect([...page.model.connections.value.keys()]).to.deep.equal([]);
    expect((await relay.request('/v1/devices')).json.devices).to.deep.equal([]);
    page.close();
    const { model } = await openPage(relay, { browser });
    expect([model.accounts.value, model.messages.value]).to.deep.equal([[], []]);
  });

  it('deletes the local data without a network', async () => {
    const relay = await world();
    const page = await openPage(relay);
    const { id } = await pairPage(relay, page, 'phone');
    await goOffline(page);
    await page.model.signOut(id);
    expect(page.model.accounts.value).to.deep.equal([]);
  });
});

describe('send', () => {
  it('shows the state of each recipient as it changes', async () => {
    const relay = await world();
    const page = await openPage(relay);
    const { id } = await pairPage(relay, page, 'desk');
    const phone = await relay.device('phone', { group: 'all' });
    await relay.device('tablet', { group: 'all' });
    const draft = { accountId: id, target: 'all', group: true, title: 'hi', body: '', extra: { priority: 4 } };
    const { mid } = await page.model.send(draft);
    const { data } = await phone.packet('MESSAGE');
    expect(data).to.deep.include({ mid, message: { text: 'hi', desp: '', extra: { priority: 4 } } });
    phone.send({ cmd: 'MESSAGE_CALLBACK', data: { mid } });
    await when(() => page.model.sent.value[0]?.statuses.get('phone') === 'ok');
    expect(page.model.sent.value[0]?.statuses.get('tablet')).to.equal('wait');
  });

  it('asks the relay for the states when no socket reports them', async () => {
    const relay = await world();
    const browser = new TestBrowser();
    const page = await openPage(relay, { browser });
    const { id } = await pairPage(relay, page, 'desk');
    const phone = await relay.device('phone');
    page.sockets[0]?.terminate();
    await when(() => page.model.connections.value.get(id)?.kind === 'offline');
    const draft = { accountId: id, target: 'phone', group: false, title: 'hi', body: '', extra: {} };
    const { mid } = await page.model.send(draft);
    await phone.packet('MESSAGE');
    phone.send({ cmd: 'MESSAGE_CALLBACK', data: { mid } });
    await phone.settle();
    await page.clock.tick(999);
    await page.clock.tick(1);
    await when(() => page.model.sent.value[0]?.statuses.get('phone') === 'ok');
  });

  it('says when no device has the name', async () => {
    const relay = await world();
    const page = await openPage(relay);
    const { id } = await pairPage(relay, page, 'desk');
    const draft = { accountId: id, target: 'nobody', group: false, title: 'hi', body: '', extra: {} };
    expect([...(await page.model.send(draft)).statuses]).to.deep.equal([['nobody', 'no']]);
  });
});

describe('export and import', () => {
  it('carry messages with their marks to another page, without tokens or duplicates', async () => {
    const relay = await world();
    const page = await openPage(relay);
    await pairPage(relay, page, 'phone');
    await send(relay, '/phone.send?text=one');
    await send(relay, '/phone.send?text=two');
    await when(() => page.model.messages.value.length === 2);
    const [two, one] = page.model.messages.value;
    if (one === undefined || two === undefined) throw new Error('two messages were expected');
    await page.model.setPinned(one, true);
    await page.model.markRead([two]);
    const file = await page.model.exportData();
    expect(await file.text()).to.not.match(/eyJ|"auth"/);
    const other = await openPage(relay, { browser: new TestBrowser() });
    expect(await refusalOf(other.model.importData(file))).to.equal('import.no_account');
    await pairPage(relay, other, 'tablet');
    expect(await other.model.importData(file)).to.equal(2);
    expect(await other.model.importData(file)).to.equal(0);
    expect(other.model.messages.value.map(({ title, read, pinned }) => [title, read, pinned])).to.deep.equal([
      ['two', true, false],
      ['one', false, true],
    ]);
  });

  it('refuses a file that is not an export', async () => {
    const relay = await world();
    const { model } = await openPage(relay);
    const head = { format: 'herald-export', version: 1 };
    for (const [text, key] of [
      ['', 'import.not_an_export'],
      ['null', 'import.not_an_export'],
      ['[]', 'import.not_an_export'],
      ['{"format":"other"}', 'import.not_an_export'],
      [JSON.stringify({ ...head, messages: {} }), 'import.not_an_export'],
      [JSON.stringify({ ...head, version: 2, messages: [] }), 'import.too_new'],
    ] as const) {
      expect(await refusalOf(model.importData(new Blob([text]))), text).to.equal(key);
    }
    const hostile = [null, 1, {}, { server: {}, message: { mid: '1' } }, { server: 'http://x', message: { mid: [] } }];
    expect(await model.importData(new Blob([JSON.stringify({ ...head, messages: hostile })]))).to.equal(0);
  });
});

describe('settings', () => {
  it('are the same in every tab and after a restart', async () => {
    const relay = await world();
    const browser = new TestBrowser();
    const [first, second] = [await openPage(relay, { browser }), await openPage(relay, { browser })];
    await first.model.setSettings({ theme: 'dark', mutedUntil: 5 });
    await when(() => second.model.settings.value.theme === 'dark');
    await second.model.setSettings({ language: 'zh' });
    const third = await openPage(relay, { browser });
    expect(third.model.settings.value).to.deep.equal({ theme: 'dark', language: 'zh', mutedUntil: 5 });
  });
});
