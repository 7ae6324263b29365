import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import { onCleanup } from '../cleanup.ts';
import { soon } from '../eventually.ts';
import { type FakeDesktop, startFakeDesktop } from './index.ts';
import { type BusMessage, decodeMessage, encodeMessage, KIND } from './message.ts';
import { splitSignature, WireReader, WireWriter } from './wire.ts';

const BUS = 'org.freedesktop.DBus';
const NOTIFICATIONS = 'org.freedesktop.Notifications';

describe('the wire format', () => {
  it('splits signatures into complete types', () => {
    expect(splitSignature('susssasa{sv}i')).to.deep.equal(['s', 'u', 's', 's', 's', 'as', 'a{sv}', 'i']);
    expect(splitSignature('aa(ii)(s(yv)ab)t')).to.deep.equal(['aa(ii)', '(s(yv)ab)', 't']);
  });

  it('reads what it writes, with the alignment in between', () => {
    const values: [type: string, value: unknown][] = [
      ['y', 7],
      ['x', -5],
      ['b', true],
      ['d', 1.5],
      ['s', 'grüße'],
      ['q', 3],
      ['as', ['a', '', 'ccc']],
      ['(yt)', [1, 2]],
      [
        'a(ys)',
        [
          [1, 'x'],
          [2, 'yy'],
        ],
      ],
      ['o', '/a/b'],
      ['g', 'a{sv}'],
    ];
    const writer = new WireWriter();
    for (const [type, value] of values) writer.write(type, value);
    const reader = new WireReader(writer.toBuffer());
    for (const [type, value] of values) expect(reader.read(type), type).to.deep.equal(value);
  });

  it('waits for the whole message', () => {
    const body = ['a', [['k', ['u', 1]]]];
    const bytes = encodeMessage({ kind: KIND.call, serial: 9, path: '/x', member: 'M', signature: 'sa{sv}', body });
    for (let size = 0; size < bytes.length; size += 1) {
      expect(decodeMessage(bytes.subarray(0, size))).to.equal(undefined);
    }
    const decoded = decodeMessage(Buffer.concat([bytes, bytes]));
    expect(decoded?.size).to.equal(bytes.length);
    expect(decoded?.message).to.deep.include({ serial: 9, member: 'M', body: ['a', { k: 1 }], wantsReply: false });
  });
});

describe('startFakeDesktop', () => {
  let desktop: FakeDesktop;
  let peer: Socket;
  let received: BusMessage[];

  beforeEach(async () => {
    desktop = await startFakeDesktop();
    onCleanup(() => desktop.stop());
    peer = connect(desktop.env.DBUS_SESSION_BUS_ADDRESS.replace('unix:path=', ''));
    onCleanup(() => peer.destroy());
    peer.on('error', () => {}); // when the bus stops first
    peer.write('\0AUTH EXTERNAL 30\r\n');
    expect(String((await once(peer, 'data'))[0])).to.match(/^OK /);
    peer.write('NEGOTIATE_UNIX_FD\r\n');
    expect(String((await once(peer, 'data'))[0])).to.match(/^ERROR/);
    peer.write('BEGIN\r\n');
    received = [];
    let buffered = Buffer.alloc(0);
    peer.on('data', (chunk: Buffer) => {
      buffered = Buffer.concat([buffered, chunk]);
      for (let next = decodeMessage(buffered); next !== undefined; next = decodeMessage(buffered)) {
        buffered = buffered.subarray(next.size);
        received.push(next.message);
        peer.emit('message');
      }
    });
  });

  /** The first message that matches, now or later. */
  async function message(matches: (message: BusMessage) => boolean): Promise<BusMessage> {
    for (;;) {
      const found = received.find(matches);
      if (found !== undefined) return found;
      await soon('a message that matches', once(peer, 'message'), { last: () => received.at(-1) });
    }
  }

  let serial = 0;
  function call(destination: string, member: string, signature: string, ...body: unknown[]): Promise<BusMessage> {
    serial += 1;
    const mine = serial;
    peer.write(
      encodeMessage({
        ...{ kind: KIND.call, serial: mine, path: '/', destination, member, signature, body },
        wantsReply: true,
      }),
    );
    return message(({ replySerial }) => replySerial === mine);
  }

  function notify(title: string, actions: string[] = [], replaces = 0): Promise<BusMessage> {
    const hints = [['urgency', ['y', 1]]];
    return call(NOTIFICATIONS, 'Notify', 'susssasa{sv}i', ...['test', replaces, '', title, 'body', actions, hints, -1]);
  }

  it('is a bus that knows one service', async () => {
    expect((await call(BUS, 'Hello', '')).body).to.deep.equal([':1.1']);
    expect((await call(BUS, 'NameHasOwner', 's', NOTIFICATIONS)).body).to.deep.equal([true]);
    expect((await call(BUS, 'GetNameOwner', 's', 'org.example')).errorName).to.equal(`${BUS}.Error.NameHasNoOwner`);
    expect((await call('org.example', 'X', '')).errorName).to.equal(`${BUS}.Error.ServiceUnknown`);
    expect((await call(BUS, 'toString', '')).errorName).to.equal(`${BUS}.Error.UnknownMethod`);
  });

  it('shows notifications, and replaces them', async () => {
    const shown = desktop.waitFor(({ title }) => title === 'Two');
    const [id] = (await notify('One')).body;
    await notify('Two', [], Number(id));
    expect(await shown).to.deep.include({ id, hints: { urgency: 1 } });
    expect([...desktop.notifications.values()].map(({ title }) => title)).to.deep.equal(['Two']);
    expect(desktop.history.map(({ title }) => title)).to.deep.equal(['One', 'Two']);
  });

  it('tells the browser of clicks and dismissals', async () => {
    const [id] = (await notify('One', ['default', 'Open', 'a', 'Answer'])).body;
    const notification = await desktop.waitFor(({ title }) => title === 'One');
    desktop.click(notification);
    desktop.click(notification, 'Answer');
    desktop.dismiss(notification);
    await message(({ member }) => member === 'NotificationClosed');
    const signals = received.filter(({ kind }) => kind === KIND.signal).map(({ member, body }) => [member, ...body]);
    expect(signals).to.deep.equal([
      ['ActionInvoked', id, 'default'],
      ['ActionInvoked', id, 'a'],
      ['NotificationClosed', id, 2],
    ]);
    expect(desktop.notifications.size).to.equal(0);
    expect(() => desktop.click(notification, 'nothing')).to.throw('no action nothing');
  });

  it('gives up waiting, and says what there was', async () => {
    await notify('One');
    const error = await desktop.waitFor(() => false, 5).catch((reason: Error) => reason);
    expect(String(error)).to.contain('within 5 ms; there were: One');
  });

  it('leaves nothing behind', async () => {
    const socket = desktop.env.DBUS_SESSION_BUS_ADDRESS.replace('unix:path=', '');
    expect(existsSync(socket)).to.equal(true);
    await desktop.stop();
    expect(existsSync(socket)).to.equal(false);
  });
});
