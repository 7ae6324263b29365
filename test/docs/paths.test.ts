import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { dialects } from '../../server/dialects/index.ts';
import { describePage } from '../support/page.ts';
import { world } from '../world.ts';

/** The names in the page for dialects that are called otherwise there. */
const ROWS: Readonly<Record<string, string>> = {
  hooks: 'Webhooks',
  serverchan: 'Server酱',
  apprise: 'Apprise API',
  'gusher-cluster': 'gusher',
};

describePage('docs/paths', {}, () => {
  const text = readFileSync(new URL('../../docs/paths.md', import.meta.url), 'utf8');

  it('has the first part of every path that a dialect claims', async () => {
    const config = { gusher: { account: 'root', password: 'secret' }, gusherCluster: {} };
    const relay = await world({ config: { ...config, metrics: { enabled: true, token: 'x'.repeat(32) } } });
    const { disallowed_topics: claimed } = (await relay.fetch('/ntfy/v1/config')).json;
    const told = new Set([...text.matchAll(/[`\s]\/([\w-]+)/g)].map(([, name]) => name));
    expect(claimed.filter((name: string) => !told.has(name))).to.deep.equal([]);
  });

  it('has a row for every dialect, with its switch', () => {
    for (const { name } of dialects) {
      const row = ROWS[name] ?? name;
      expect(text.toLowerCase(), name).to.match(new RegExp(`^\\| \\[?${row.toLowerCase()}[\\] ]`, 'm'));
    }
  });

  it('says who gets what two want', async () => {
    const relay = await world();
    const made = await relay.request('/v1/keys', { method: 'POST', body: '{"name":"nas","device":"phone"}' });
    const { key } = made.json;
    const post = (body: object) => ({
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const keys = async (path: string, init: RequestInit = {}) => Object.keys((await relay.request(path, init)).json);
    expect(await keys(`/${key}.send?title=T`)).to.include('code');
    expect(await keys('/phone.send?text=T&wait=0')).to.include('cmd');
    expect(await keys('/push?readkey=x')).to.include('scode');
    expect(await keys('/push', post({ device_key: key, body: 'B' }))).to.include('timestamp');
    expect((await relay.request('/', post({ push_key: key, title: 'T' }))).text).to.equal('success');
    expect(await keys('/', post({ push_key: key, topic: 'phone', message: 'm' }))).to.include('event');
    expect(await keys(`/${key}/T/B`)).to.include('timestamp');
    expect(await keys('/phone', { method: 'PUT', body: 'B' })).to.include('event');
  });
});
