import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { tempDir } from '../support/temp-dir.ts';
import { npmPackage, python } from './support/programs.ts';
import { builtRelay, keyTo, onlyMessage } from './support/relay.ts';

const NAS = 'https://nas.example/';

describe('programs that speak ntfy', () => {
  const relay = builtRelay();
  const url = () => `http://127.0.0.1:${relay().port}`;

  it('aiontfy (Home Assistant) publishes, and hears it as it was', async () => {
    const key = await keyTo(relay(), 'home', { receive: ['home'] });
    const found = await python(
      `
import asyncio
from aiontfy import Ntfy, Message, ViewAction, HttpAction, CopyAction, BroadcastAction, Event
from yarl import URL

async def main():
    heard = []
    opened, done = asyncio.Event(), asyncio.Event()
    def hear(notification):
        heard.append(notification)
        if notification.event == Event.OPEN: opened.set()
        if len([one for one in heard if one.event != Event.OPEN]) == 3: done.set()
    async with Ntfy(given['url'], token=given['key']) as ntfy:
        may = await ntfy.can_subscribe(['home'])
        listening = asyncio.ensure_future(ntfy.subscribe(['home'], hear))
        await asyncio.wait_for(opened.wait(), 30)
        sent = await ntfy.publish(Message(
            topic='home', title='Disk 磁盘', message='91 % *used*', tags=['warning', 'nas'], priority=4, markdown=True,
            click=URL(given['nas']), icon=URL(given['nas'] + 'i.png'), sequence_id='disk',
            actions=[
                ViewAction(label='Open', url=URL(given['nas'])),
                HttpAction(label='Stop', url=URL(given['nas'] + 'stop'), method='PUT', headers={'x-a': 'b'}, body='now', clear=True),
                BroadcastAction(label='Tell', extras={'cmd': 'pic'}),
            ]))
        cleared = await ntfy.clear('home', 'disk')
        deleted = await ntfy.delete('home', 'disk')
        await asyncio.wait_for(done.wait(), 30)
        listening.cancel()
        account = await ntfy.account()
        stats = await ntfy.stats()
    return dict(may=may, sent=sent.to_dict(), heard=[one.to_dict() for one in heard], cleared=cleared.to_dict(), deleted=deleted.to_dict(), account=account.to_dict(), stats=stats.to_dict())

result = json.loads(json.dumps(asyncio.run(main()), default=str))
`,
      { url: url(), key, nas: NAS },
    );
    const { may, sent, heard, cleared, deleted, account, stats } = found;
    expect(may).to.equal(true);
    expect(sent).to.deep.include({
      ...{ event: 'message', topic: 'home', title: 'Disk 磁盘', message: '91 % *used*', tags: ['warning', 'nas'] },
      ...{ priority: 4, click: NAS, icon: `${NAS}i.png`, content_type: 'text/markdown', sequence_id: 'disk' },
    });
    expect([cleared, deleted].map(({ event, sequence_id: id }) => [event, id])).to.deep.equal([
      ['message_clear', 'disk'],
      ['message_delete', 'disk'],
    ]);
    expect(heard[0]).to.deep.include({ event: 'open', topic: 'home' });
    expect(heard.slice(1)).to.deep.equal([sent, cleared, deleted]);
    expect(sent.actions.map(({ label }: { label: string }) => label)).to.deep.equal(['Open', 'Stop', 'Tell']);
    expect(sent.actions[0]).to.deep.equal({ action: 'view', label: 'Open', url: NAS, clear: false });
    expect(account).to.deep.include({ username: 'home', role: 'user' });
    expect(account.limits.attachment_file_size).to.be.above(0);
    expect(stats.messages).to.be.above(0);
  });

  it('aiontfy sends a file', async () => {
    const key = await keyTo(relay(), 'camera');
    const found = await python(
      `
import asyncio
from aiontfy import Ntfy, Message
async def main():
    async with Ntfy(given['url'], username='home', password=given['key']) as ntfy:
        return await ntfy.publish(Message(topic='camera', title='Door', message='Somebody 在 the door', filename='door.txt'), b'a picture')
result = json.loads(json.dumps(asyncio.run(main()).to_dict(), default=str))
`,
      { url: url(), key },
    );
    const { text, desp, extra } = await onlyMessage(relay(), 'camera');
    expect({ text, desp }).to.deep.equal({ text: 'Door', desp: 'Somebody 在 the door' });
    expect(extra['attachment']).to.deep.include({ name: 'door.txt', size: 9, url: found.attachment.url });
    const file = await relay().fetch(new URL(found.attachment.url).pathname);
    expect(file.text).to.equal('a picture');
  });

  it('aiontfy makes a token of its own', async () => {
    const key = await keyTo(relay(), 'tokens', { receive: ['tokens'] });
    const found = await python(
      `
import asyncio
from aiontfy import Ntfy, Message
async def main():
    async with Ntfy(given['url'], username='home', password=given['key']) as ntfy:
        token = await ntfy.generate_token('Home Assistant')
    async with Ntfy(given['url'], token=token.token) as ntfy:
        sent = await ntfy.publish(Message(topic='tokens', message='by a token'))
    return dict(token=token.to_dict(), sent=sent.to_dict())
result = json.loads(json.dumps(asyncio.run(main()), default=str))
`,
      { url: url(), key },
    );
    expect(found.token).to.deep.include({ label: 'Home Assistant' });
    expect(found.token.token).to.match(/^tk_[a-z0-9]{29}$/);
    expect(found.sent).to.deep.include({ topic: 'tokens', message: 'by a token' });
    expect((await onlyMessage(relay(), 'tokens')).text).to.equal('by a token');
  });

  it('aiontfy says why a wrong key is refused', async () => {
    const found = await python(
      `
import asyncio
from aiontfy import Ntfy, Message
from aiontfy.exceptions import NtfyUnauthorizedAuthenticationError
async def main():
    async with Ntfy(given['url'], token='Awrong123456789') as ntfy:
        try:
            await ntfy.publish(Message(topic='home', message='x'))
        except NtfyUnauthorizedAuthenticationError as error:
            return str(error)
result = asyncio.run(main())
`,
      { url: url() },
    );
    expect(found).to.equal('unauthorized');
  });

  it('the npm package ntfy publishes', async () => {
    const key = await keyTo(relay(), 'node');
    const { NtfyClient, MessagePriority } = await npmPackage('ntfy');
    const client = new NtfyClient({ server: url(), authorization: key });
    const sent = await client.publish({
      topic: 'node',
      title: 'Disk',
      message: '91 % *used* 磁盘\nsecond line',
      priority: MessagePriority.HIGH,
      tags: ['warning'],
      iconURL: `${NAS}i.png`,
      markdown: true,
      actions: [{ type: 'view', label: 'Open', url: NAS, clear: true }],
    });
    expect(sent).to.deep.include({ event: 'message', topic: 'node', title: 'Disk', priority: 4 });
    const { text, desp, extra } = await onlyMessage(relay(), 'node');
    expect({ text, desp }).to.deep.equal({ text: 'Disk', desp: '91 % *used* 磁盘\nsecond line' });
    expect(extra).to.deep.include({ priority: 4, tags: ['warning'], icon: `${NAS}i.png`, markdown: 1 });
    expect(extra['actions']).to.have.length(1);
    expect(extra['actions']?.[0]).to.deep.include({ action: 'view', label: 'Open', url: NAS, clear: true });
  });

  it('the npm package ntfy sends a file', async () => {
    const key = await keyTo(relay(), 'scan');
    const path = join(await tempDir(), 'scan.bin');
    await writeFile(path, Buffer.from([0x89, 0xff, 0x00, 0x01]));
    const { publish } = await npmPackage('ntfy');
    const authorization = { username: 'node', password: key };
    await publish({ server: url(), authorization, topic: 'scan', title: 'Scan', fileAttachment: path });
    const { text, extra } = await onlyMessage(relay(), 'scan');
    expect(text).to.equal('Scan');
    expect(extra['attachment']).to.deep.include({ size: 4 });
  });
});
