import { expect } from 'chai';
import { type RelayProcess, startRelayProcess, TOKEN } from '../e2e/relay-process.ts';
import { forSuite, onCleanup } from '../support/cleanup.ts';
import { eventually } from '../support/eventually.ts';
import { tempDir } from '../support/temp-dir.ts';
import { type Running, startTarget } from '../transports/webhook/servers.ts';
import { python } from './support/programs.ts';

const NAS = 'https://nas.example/';
const KEY = 'Anas4567890abcd';

describe('what one sender sends to a group', () => {
  const target = forSuite(async (): Promise<Running> => {
    const running = await startTarget();
    onCleanup(() => running.close());
    return running;
  });
  const relay = forSuite(
    async (): Promise<RelayProcess> =>
      startRelayProcess(await tempDir(), {
        webhook: { clients: [{ name: 'desk', url: target().url, group: 'family' }] },
        keys: [{ name: 'nas', key: KEY, group: 'family', receive: ['family'] }] as object,
      }),
  );

  it('comes to a socket, a webhook, a listener of ntfy and a client of Gotify, each in its own words', async () => {
    const url = `http://127.0.0.1:${relay().port}`;
    const phone = await relay().device('phone', { group: 'family', acknowledge: true });
    const at = `127.0.0.1:${relay().port}`;
    const key = KEY;
    const senders = [
      `ntfy://nas:${key}@${at}/family?priority=high&tags=warning&click=${NAS}&image=no`,
      `gotify://${at}/${key}?priority=high`,
      `bark://${at}/${key}?level=timeSensitive&click=${NAS}`,
      `pushdeer://${at}/${key}`,
      `apprise://${at}/${key}`,
    ];
    const found = await python(
      `
import asyncio, apprise, httpx
from aiontfy import Event, Ntfy
from gotify import AsyncGotify

with httpx.Client(auth=('family', given['token'])) as owner:
    client = owner.post(given['url'] + '/client', json={'name': 'tablet'}).json()

def send():
    for count, address in enumerate(given['senders']):
        one = apprise.Apprise()
        one.add(address)
        assert one.notify(title=f'Disk {count}', body='91 % used'), address

async def main():
    ntfy, gotify = [], []
    opened, done = asyncio.Event(), asyncio.Event()
    def hear(notification):
        if notification.event == Event.OPEN: opened.set()
        if notification.event == Event.MESSAGE: ntfy.append(notification.to_dict())
        if len(ntfy) == len(given['senders']): done.set()
    async with Ntfy(given['url'], token=given['key']) as listener:
        listening = asyncio.ensure_future(listener.subscribe(['family'], hear))
        await asyncio.wait_for(opened.wait(), 30)
        await asyncio.to_thread(send)
        async with asyncio.timeout(30):
            stream = AsyncGotify(base_url=given['url'], client_token=client['token']).stream()
            async for message in stream:
                gotify.append(message)
                if len(gotify) == len(given['senders']): break
            await stream.aclose()
            await done.wait()
        listening.cancel()
    return dict(ntfy=ntfy, gotify=gotify)

result = json.loads(json.dumps(asyncio.run(main()), default=str))
`,
      { url, key, senders, token: TOKEN },
    );
    const titles = senders.map((_, count) => `Disk ${count}`);
    expect(found.ntfy.map(({ title }: { title: string }) => title)).to.deep.equal(titles);
    expect(found.gotify.map(({ title }: { title: string }) => title)).to.deep.equal(titles);
    for (const { message } of [...found.ntfy, ...found.gotify]) expect(message).to.equal('91 % used');
    expect(found.ntfy.map(({ priority }: { priority: number }) => priority)).to.deep.equal([4, 4, 4, null, null]);
    expect(found.gotify.map(({ priority }: { priority: number }) => priority)).to.deep.equal([8, 8, 8, 5, 5]);
    for (const count of [0, 2]) {
      expect(found.ntfy[count].click, titles[count]).to.equal(NAS);
      expect(found.gotify[count].extras['client::notification'].click.url, titles[count]).to.equal(NAS);
    }
    const webhooks = await eventually('the webhook has them', () => target().arrived, {
      until: ({ length }) => length >= senders.length,
    });
    const packets = [
      webhooks.map(({ body }) => JSON.parse(body)),
      phone.frames.map((frame) => JSON.parse(frame)).filter(({ cmd }) => cmd === 'MESSAGE'),
    ];
    for (const got of packets) {
      expect(got.map(({ data }) => data.message.text)).to.deep.equal(titles);
      expect(got.map(({ data }) => data.from.name)).to.deep.equal(titles.map(() => 'nas'));
      expect(got.map(({ data }) => data.message.extra.priority)).to.deep.equal([4, 4, 4, undefined, undefined]);
      expect(got[0].data.message.extra).to.deep.include({ click: NAS, tags: ['warning'] });
    }
  });
});
