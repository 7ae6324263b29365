import { expect } from 'chai';
import { effectiveConfigText, maskConfig } from '../../server/config/mask.ts';
import { type Config, configSchema } from '../../server/config/schema.ts';

const secretive = configSchema.parse({
  token: 'hunter2',
  webhook: {
    proxy: 'http://user:hunter2@proxy:3128',
    clients: [
      {
        name: 'a',
        url: 'https://u:hunter2@host/path?key=hunter2',
        secret: 'hunter2',
        proxy: { host: 'p', port: 1, auth: { username: 'u', password: 'hunter2' } },
      },
    ],
  },
  webpush: { serverKey: 'hunter2', apiKey: 'hunter2', proxy: 'http://u:hunter2@p' },
  fcm: { apiKey: 'public', serviceAccount: { client_email: 'a@b', private_key: 'hunter2', private_key_id: 'hunter2' } },
  gusher: { account: 'root', password: 'hunter2' },
  gusherCluster: { apiToken: 'hunter2', apps: { app1: { url: 'https://u:hunter2@host/path?key=hunter2' } } },
  apps: [
    {
      id: '1',
      key: 'k',
      secret: 'hunter2',
      webhooks: [{ url: 'http://h/?a=hunter2', events: [], headers: { authorization: 'hunter2' } }],
    },
    { id: '2', keys: [{ key: 'l', secret: 'hunter2' }] },
  ],
});

describe('effectiveConfigText', () => {
  it('shows no secret, wherever it stands', () => {
    expect(effectiveConfigText(secretive)).not.to.include('hunter2');
  });

  it('shows everything else, defaults too', () => {
    const shown = JSON.parse(effectiveConfigText(secretive)) as Config;
    expect(shown.token).to.equal('***');
    expect(shown.http.port).to.equal(9093);
    expect(shown.webhook.proxy).to.equal('http://user:***@proxy:3128/');
    expect(shown.webhook.clients[0]).to.deep.equal({
      name: 'a',
      group: [],
      url: 'https://u:***@host/path?key=***',
      method: 'POST',
      proxy: 'http://u:***@p:1/',
      secret: '***',
    });
    expect(shown.gusher).to.include({ account: 'root', password: '***' });
    expect(shown.gusherCluster?.apps).to.deep.equal({ app1: { url: 'https://u:***@host/path?key=***' } });
    expect(shown.fcm).to.include({ apiKey: 'public', serviceAccount: '***' });
    expect(shown.apps[1]?.keys).to.deep.equal([{ key: 'l', secret: '***', active: true }]);
  });

  it('shows a token that is absent as absent', () => {
    expect(maskConfig(configSchema.parse({}))).not.to.have.property('token');
  });

  it('prints a config that loads again', () => {
    const text = effectiveConfigText(
      configSchema.parse({
        apps: [{ id: '1', key: 'k', secret: 's' }],
        webhook: { clients: [{ name: 'a', group: 'b,c', url: 'http://h/' }] },
      }),
    );
    expect(configSchema.safeParse(JSON.parse(text)).success).to.equal(true);
  });
});
