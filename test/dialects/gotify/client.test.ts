// The npm client of Gotify, as it is.
import { expect } from 'chai';
import { GotifyClient } from 'gotify-client';
import { sharedWorld } from '../../support/shared-world.ts';
import { basic } from './helpers.ts';

describe('gotify: the client gotify-client', () => {
  const relay = sharedWorld();

  it('sends, reads and deletes, and knows who it is', async () => {
    const make = async (path: string, name: string) =>
      (await relay().fetch(path, { method: 'POST', headers: basic('npm'), body: new URLSearchParams({ name }) })).json;
    const [own, app] = [await make('/client', 'Node'), await make('/application', 'script')];
    const gotify = new GotifyClient(relay().url('/'), { client: own.token, app: app.token });
    expect(await gotify.health.getHealth()).to.include({ health: 'green', database: 'green' });
    expect(await gotify.version.getVersion()).to.have.keys('version', 'commit', 'buildDate');
    expect(await gotify.current.currentUser()).to.include({ name: 'npm', admin: false });
    const sent = [
      await gotify.message.createMessage({ message: 'one', title: 'T', priority: 3 }),
      await gotify.message.createMessage({ message: 'two', extras: { 'a::b': { c: 1 } } }),
    ];
    expect(sent.map(({ title }) => title)).to.deep.equal(['T', 'script']);
    const page = await gotify.message.getMessages({ limit: 10 });
    expect(page.messages).to.deep.equal(sent.toReversed());
    const apps = await gotify.application.getApps();
    expect(apps.map(({ name }) => name)).to.deep.equal(['Herald', 'script']);
    expect((await gotify.application.getAppMessages({ id: app.id, limit: 1 })).messages).to.deep.equal([sent[1]]);
    expect((await gotify.client.getClients()).map(({ name }) => name)).to.deep.equal(['Node']);
    await gotify.message.deleteMessage(sent[0]?.id ?? 0);
    expect((await gotify.message.getMessages({})).messages).to.deep.equal([sent[1]]);
    await gotify.message.deleteMessages();
    expect((await gotify.message.getMessages({})).messages).to.deep.equal([]);
    expect(await gotify.client.updateClient(own.id, { name: 'Node' })).to.include({ id: own.id, name: 'Node' });
    await gotify.client.deleteClient(own.id);
    expect(await gotify.current.currentUser()).to.include({ error: 'Unauthorized', errorCode: 401 });
  });
});
