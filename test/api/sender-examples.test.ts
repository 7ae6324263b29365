import { expect } from 'chai';
import { SENDER_TOOLS } from '../../shared/sender-tools.ts';
import { makeKey, stored } from '../dialects/key-senders.ts';
import { sharedWorld } from '../support/shared-world.ts';
import { openStream } from '../support/stream-reader.ts';
import { TOKEN, world } from '../world.ts';

/** What the template of each tool with a webhook of its own is called. */
const TEMPLATES: Readonly<Record<string, string>> = {
  kuma: 'uptime-kuma',
  'github-webhook': 'github',
  'arr-webhook': 'arr',
  'proxmox-webhook': 'proxmox',
  'home-assistant': 'json',
};

describe('POST /v1/keys/:name/test', () => {
  const relay = sharedWorld({ config: { http: { waitTimeout: 500 } } });
  let key = '';
  let signed = '';
  const test = async (name: string, body: object, token = TOKEN) =>
    relay().request(`/v1/keys/${name}/test`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { authorization: token },
    });

  before(async () => {
    key = await makeKey(relay(), { name: 'tried', device: 'phone' });
    signed = await makeKey(relay(), { name: 'signed', device: 'phone', secret: 'whispered' });
  });

  for (const { id, needs } of SENDER_TOOLS) {
    it(`sends what ${id} sends, over the same way`, async () => {
      const uses = await openStream(relay().url('/v1/keys/tried/uses'), { authorization: TOKEN });
      await uses.next();
      const { status, json } = await test('tried', { tool: id, key });
      expect(status, JSON.stringify(json)).to.equal(200);
      expect(json.answers.map((answer: { status: number }) => answer.status)).to.deep.equal(
        json.answers.map(() => (id === 'discord' ? 204 : 200)),
        JSON.stringify(json),
      );
      const { data } = await uses.use();
      uses.leave();
      expect(data.result).to.equal('sent');
      if (needs === 'hook') expect(data.template).to.equal(TEMPLATES[id] ?? id);
      expect((await stored(relay(), 'phone')).from).to.equal('tried');
      // No alert stays open.
      expect((await relay().request('/v1/alerts?open=1')).json.alerts).to.deep.equal([]);
      if (needs !== 'hook') return;
      const proven = await test('signed', { tool: id, key: signed });
      expect(proven.json.answers.at(-1).status, proven.json.answers.at(-1).body).to.equal(200);
    });
  }

  it('tells what the relay answers where the way does not work', async () => {
    const nobody = await makeKey(relay(), { name: 'nobody', group: 'empty' });
    const { json } = await test('nobody', { tool: 'alertmanager', key: nobody });
    expect(json.answers).to.have.length(1);
    expect([json.answers[0].status, JSON.parse(json.answers[0].body).error]).to.deep.equal([404, 'no such device']);
  });

  it('finds the way below a prefix', async () => {
    const below = await world({ config: { http: { basePath: '/sub' } } });
    const ask = async (path: string, body: object) =>
      (await below.request(`/sub/v1${path}`, { method: 'POST', body: JSON.stringify(body) })).json;
    const made = await ask('/keys', { name: 'tried', device: 'phone' });
    const { answers } = await ask('/keys/tried/test', { tool: 'github-webhook', key: made.key });
    expect(JSON.parse(answers[0].body)).to.deep.include({ as: 'github', status: { phone: 'ready' } });
  });

  it('refuses other keys, unknown tools and callers who are no owner', async () => {
    const wrong: readonly [name: string, body: object, status: number][] = [
      ['tried', { tool: 'alertmanager', key: signed }, 400],
      ['tried', { tool: 'nothing', key }, 400],
      ['tried', { tool: 'constructor', key }, 400],
      ['tried', { tool: 'curl' }, 400],
      ['tried', {}, 400],
      ['absent', { tool: 'curl', key }, 404],
    ];
    for (const [name, body, status] of wrong) {
      expect((await test(name, body)).status, `${name} ${JSON.stringify(body)}`).to.equal(status);
    }
    expect((await test('tried', { tool: 'curl', key }, key)).status).to.equal(403);
  });
});
