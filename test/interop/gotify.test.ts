import { expect } from 'chai';
import { npmPackage, python, pythonProgram } from './support/programs.ts';
import { builtRelay, keyTo, onlyMessage } from './support/relay.ts';

describe('programs that speak Gotify', () => {
  const relay = builtRelay();
  const url = () => `http://127.0.0.1:${relay().port}`;

  it('python-gotify makes a client and an application, sends, hears its own message and deletes it', async () => {
    const found = await python(
      `
import asyncio
from gotify import AsyncGotify, Gotify
import httpx

with httpx.Client(auth=('family', given['token'])) as owner:
    client = owner.post(given['url'] + '/client', json={'name': 'Pixel 8'}).json()
    app = owner.post(given['url'] + '/application', json={'name': 'cron', 'defaultPriority': 8}).json()

sync = Gotify(base_url=given['url'], app_token=app['token'], client_token=client['token'])
user = sync.get_current_user()
health = sync.get_health()
version = sync.get_version()
apps = sync.get_applications()

async def hear():
    both = AsyncGotify(base_url=given['url'], app_token=app['token'], client_token=client['token'])
    stream = both.stream()
    hearing = asyncio.ensure_future(stream.__anext__())
    # The stream opens at the first turn of the loop; a message sent before that would come as backlog.
    await asyncio.sleep(0)
    sent = await both.create_message('second *line*', title='Disk 磁盘', priority=8,
        extras={'client::display': {'contentType': 'text/markdown'}, 'client::notification': {'click': {'url': 'https://nas.example/'}}})
    heard = await asyncio.wait_for(hearing, 30)
    await stream.aclose()
    return sent, heard

sent, heard = asyncio.run(hear())
before = sync.get_messages(limit=10)
sync.delete_message(sent['id'])
after = sync.get_messages(limit=10)
result = dict(user=user, health=health, version=version, apps=apps, app=app, client=client, sent=sent, heard=heard, before=before, after=after)
`,
      { url: url(), token: 'process-token' },
    );
    expect(found.user).to.include({ name: 'family' });
    expect(found.health).to.include({ health: 'green', database: 'green' });
    expect(found.version.version).to.equal('3.0.0');
    expect(found.apps.map(({ name }: { name: string }) => name)).to.deep.equal(['Herald', 'cron']);
    expect(found.sent).to.deep.include({
      appid: found.app.id,
      title: 'Disk 磁盘',
      message: 'second *line*',
      priority: 8,
    });
    expect(found.heard).to.deep.equal(found.sent);
    expect(found.before.messages).to.deep.equal([found.sent]);
    expect(found.after.messages).to.deep.equal([]);
  });

  it('python-gotify reaches a phone with priority, click and Markdown', async () => {
    const key = await keyTo(relay(), 'gotify-python');
    await python(
      `
from gotify import Gotify
with Gotify(base_url=given['url'], app_token=given['key']) as gotify:
    gotify.create_message('91 % *used*', title='Disk 磁盘', priority=8, extras={
        'client::display': {'contentType': 'text/markdown'},
        'client::notification': {'click': {'url': 'https://nas.example/'}, 'bigImageUrl': 'https://nas.example/a.png'}})
`,
      { url: url(), key },
    );
    const { from, text, desp, extra } = await onlyMessage(relay(), 'gotify-python');
    expect({ from, text, desp }).to.deep.equal({ from: 'gotify-python', text: 'Disk 磁盘', desp: '91 % *used*' });
    expect(extra).to.deep.include({
      priority: 4,
      markdown: '1',
      click: 'https://nas.example/',
      image: 'https://nas.example/a.png',
    });
  });

  it('gotify_message finds the relay in good health and sends', async () => {
    const key = await keyTo(relay(), 'gotify-message');
    const delivered = await python(
      `
from gotify_message import GotifyNotification
message = GotifyNotification(given['url'], given['key'], 'Disk', '91 % used', 10)
assert message.health == 'green' and message.database == 'green'
result = message.send()
`,
      { url: url(), key },
    );
    expect(delivered).to.equal(true);
    const { text, desp, extra } = await onlyMessage(relay(), 'gotify-message');
    expect({ text, desp }).to.deep.equal({ text: 'Disk', desp: '91 % used' });
    expect(extra).to.deep.include({ priority: 5, markdown: '0' });
  });

  it('gotify-handler brings the log lines of a Python program', async () => {
    const key = await keyTo(relay(), 'gotify-handler');
    await python(
      `
import logging
from gotify_handler import GotifyHandler
logger = logging.getLogger('backup')
logger.addHandler(GotifyHandler(given['url'], given['key']))
logger.error('%s is full', 'sda1')
`,
      { url: url(), key },
    );
    const { text, desp, extra } = await onlyMessage(relay(), 'gotify-handler');
    expect({ text, desp }).to.deep.equal({ text: 'ERROR:backup', desp: 'sda1 is full' });
    expect(extra).to.deep.include({ priority: 3 });
  });

  it('a wrong token is an error in each of them', async () => {
    const { code, stdout } = await pythonProgram('python', [
      '-c',
      `
import sys
from gotify import Gotify, GotifyError
try:
    Gotify(base_url=sys.argv[1], app_token='Awrong123456789').create_message('x')
except GotifyError as error:
    print(error)
`,
      url(),
    ]);
    expect(code).to.equal(0);
    expect(stdout).to.include('you need to provide a valid access token');
    const { gotify } = await npmPackage('gotify');
    const refused = await gotify({ server: url(), app: 'Awrong123456789', message: 'x' }).catch(
      (error: Error) => error,
    );
    expect(refused.response.statusCode).to.equal(401);
  });

  it('the npm package gotify sends', async () => {
    const key = await keyTo(relay(), 'gotify-npm');
    const { gotify } = await npmPackage('gotify');
    const extras = { 'client::display': { contentType: 'text/plain' } };
    const answer = await gotify({ server: url(), app: key, title: 'Disk', message: '91 % used', priority: 2, extras });
    expect(answer).to.deep.include({ title: 'Disk', message: '91 % used', priority: 2, extras });
    const { text, desp, extra } = await onlyMessage(relay(), 'gotify-npm');
    expect({ text, desp }).to.deep.equal({ text: 'Disk', desp: '91 % used' });
    expect(extra).to.deep.include({ priority: 2, markdown: '0' });
  });

  it('the npm package gotify-client sends and reads what has come', async () => {
    const credentials = { authorization: `Basic ${Buffer.from('node:process-token').toString('base64')}` };
    const make = async (path: string, name: string) =>
      (await relay().fetch(path, { method: 'POST', headers: credentials, body: new URLSearchParams({ name }) })).json;
    const [own, app] = [await make('/client', 'desk'), await make('/application', 'build')];
    const { GotifyClient } = await npmPackage('gotify-client');
    const client = new GotifyClient(url(), { client: own.token, app: app.token });
    const sent = await client.message.createMessage({ message: '91 % used', title: 'Disk', priority: 9 });
    const page = await client.message.getMessages({ limit: 10 });
    expect(page.messages).to.deep.equal([sent]);
    const { text, extra } = await onlyMessage(relay(), 'desk');
    expect(text).to.equal('Disk');
    expect(extra).to.deep.include({ priority: 4 });
  });
});
