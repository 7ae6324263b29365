import { createHmac } from 'node:crypto';
import { expect } from 'chai';
import { sharedWorld } from '../../support/shared-world.ts';
import { keySuite, makeKey, stored } from '../key-senders.ts';

const post = (body: BodyInit, type = 'application/json'): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': type },
  body,
});
const json = (value: unknown) => post(JSON.stringify(value));

describe('discord', () => {
  const { relay, keys } = keySuite();

  const SENDERS: readonly [what: string, path: string, init: RequestInit, expected: object][] = [
    [
      'discord.js',
      '/api/v10/webhooks/123456789012345678/KEY',
      json({
        content: 'c',
        tts: false,
        enforce_nonce: false,
        embeds: [{ title: 'E', description: 'D', url: 'https://e.x', color: 16_711_680 }],
      }),
      { from: 'nas', text: 'E', desp: 'c\n\nD', extra: { priority: 4, tags: ['red_circle'], click: 'https://e.x' } },
    ],
    [
      'Uptime Kuma',
      '/api/webhooks/1/KEY',
      json({
        username: 'Uptime Kuma',
        embeds: [
          {
            title: '❌ Your service nas went down. ❌',
            color: 16_711_680,
            timestamp: '2026-11-29 16:00:00.123',
            fields: [
              { name: 'Service Name', value: 'nas' },
              { name: 'Error', value: 'connect ECONNREFUSED 192.0.2.7:443' },
            ],
          },
        ],
        avatar_url: 'https://example.com/icon.png',
      }),
      {
        text: '❌ Your service nas went down. ❌',
        desp: '**Service Name:** nas\n\n**Error:** connect ECONNREFUSED 192.0.2.7:443',
        extra: { priority: 4, tags: ['red_circle'], icon: 'https://example.com/icon.png' },
      },
    ],
    [
      'Alertmanager',
      '/discord/KEY',
      json({
        content: '',
        embeds: [
          {
            title: '[FIRING:1] DiskFull (nas:9100 critical)',
            description: '\n\nAlerts Firing:\nLabels:\n - alertname = DiskFull',
            color: 10_038_562,
          },
        ],
      }),
      {
        text: 'DiskFull (nas:9100 critical)',
        desp: 'Alerts Firing:\nLabels:\n - alertname = DiskFull',
        extra: { priority: 4, tags: ['red_circle'], key: 'nas/discord/DiskFull (nas:9100 critical)', state: 'firing' },
      },
    ],
    [
      'times and names',
      '/discord/KEY',
      json({ content: 'at <t:1795968000:F>\n<@1> <#1> <:name:1>' }),
      { text: 'at 2026-11-29T16:00:00.000Z', desp: '@1 #1 :name:' },
    ],
    ['what must not ring', '/discord/KEY', json({ content: 'quiet', flags: 4096 }), { extra: { priority: 2 } }],
  ];
  for (const [what, path, init, expected] of SENDERS) {
    it(`takes ${what}`, async () => {
      const { status, text } = await relay().fetch(path.replace('KEY', keys.key), init);
      expect([status, text]).to.deep.equal([204, '']);
      expect(await stored(relay(), 'phone')).to.deep.include(expected);
    });
  }

  it('answers with the message to those who wait', async () => {
    for (const wait of ['true', 'True', '1']) {
      const answer = await relay().fetch(
        `/api/webhooks/7/${keys.key}?wait=${wait}&thread_id=1`,
        json({ content: 'c' }),
      );
      expect(answer.status).to.equal(200);
      expect(answer.json).to.deep.include({
        type: 0,
        content: 'c',
        webhook_id: '7',
        embeds: [],
        edited_timestamp: null,
      });
      expect(answer.json.id).to.equal((await stored(relay(), 'phone')).mid);
      expect(answer.json.author).to.deep.equal({ id: '7', username: 'nas', bot: true, avatar: null });
    }
  });

  it('takes files, and names them', async () => {
    const form = new FormData();
    form.set('payload_json', JSON.stringify({ content: 'see' }));
    form.set('files[0]', new File([new Uint8Array([0xff])], 'a.png'));
    expect((await relay().fetch(`/discord/${keys.key}`, { method: 'POST', body: form })).status).to.equal(204);
    expect(await stored(relay(), 'phone')).to.deep.include({ text: 'see', desp: '📎 a.png, 1 bytes' });
  });

  const RUN = {
    action: 'completed',
    workflow_run: { name: 'Tests', conclusion: 'failure', head_branch: 'main', id: 7 },
    repository: { full_name: 'acme/site' },
  };

  it('takes webhooks of GitHub and of Slack at their own paths', async () => {
    const headers = { 'x-github-event': 'workflow_run', 'content-type': 'application/json' };
    const init = { method: 'POST', headers, body: JSON.stringify(RUN) };
    for (const path of [
      `/api/webhooks/1/${keys.key}/github`,
      `/discord/${keys.key}/github`,
      `/api/v9/webhooks/1/${keys.key}/github`,
    ]) {
      const { status, text } = await relay().fetch(path, init);
      expect([status, text]).to.deep.equal([204, '']);
      expect(await stored(relay(), 'phone')).to.deep.include({ from: 'nas', text: 'acme/site: Tests failed' });
    }
    const form = post(new URLSearchParams({ payload: init.body }), 'application/x-www-form-urlencoded');
    const answer = await relay().fetch(`/discord/${keys.key}/github?wait=true`, {
      ...form,
      headers: { ...form.headers, 'x-github-event': 'workflow_run' },
    });
    expect(answer.json).to.include({ id: (await stored(relay(), 'phone')).mid, webhook_id: '0' });
    for (const path of [`/api/v10/webhooks/1/${keys.key}/slack`, `/discord/${keys.key}/slack`]) {
      const slack = await relay().fetch(path, json({ text: 'from Slack' }));
      expect([slack.status, slack.text]).to.deep.equal([200, 'ok']);
      expect((await stored(relay(), 'phone')).text).to.equal('from Slack');
    }
  });

  it('sends nothing of GitHub that nobody must know', async () => {
    const before = (await stored(relay(), 'phone')).mid;
    const headers = { 'content-type': 'application/json', 'x-github-event': 'star' };
    const body = JSON.stringify({ action: 'deleted', repository: RUN.repository });
    const { status } = await relay().fetch(`/discord/${keys.key}/github`, { method: 'POST', headers, body });
    expect(status).to.equal(204);
    expect((await stored(relay(), 'phone')).mid).to.equal(before);
  });

  it('checks the signature if the key has a secret', async () => {
    const signed = await makeKey(relay(), { name: 'signed', device: 'tablet', secret: 'whispered' });
    const body = JSON.stringify({ ...RUN, content: 'signed' });
    const hex = createHmac('sha256', 'whispered').update(body).digest('hex');
    for (const path of [`/discord/${signed}`, `/discord/${signed}/github`]) {
      const status = async (headers: object) => {
        const all = { 'content-type': 'application/json', 'x-github-event': 'workflow_run', ...headers };
        return (await relay().fetch(path, { method: 'POST', headers: all, body })).status;
      };
      const before = (await stored(relay(), 'tablet')).mid;
      expect(await status({})).to.equal(403);
      expect(await status({ 'x-hub-signature-256': `sha256=${hex.replace(/^./, 'g')}` })).to.equal(403);
      expect((await stored(relay(), 'tablet')).mid).to.equal(before);
      expect(await status({ 'x-hub-signature-256': `sha256=${hex}` })).to.equal(204);
      expect((await stored(relay(), 'tablet')).mid).not.to.equal(before);
    }
  });

  it('tells what a webhook is', async () => {
    const { status, json: webhook } = await relay().fetch(`/api/webhooks/1/${keys.key}`);
    expect(status).to.equal(200);
    expect(webhook).to.deep.equal({
      ...{ id: '1', type: 1, name: 'nas', avatar: null, guild_id: null, application_id: null },
      ...{ channel_id: '1', token: keys.key },
    });
  });

  const HOSTILE: readonly [what: string, path: string, init: RequestInit, status: number, code: number][] = [
    ['a wrong key', '/api/webhooks/1/nope', json({ content: 'c' }), 404, 10_015],
    ['a wrong key to show', '/api/webhooks/1/nope', {}, 404, 10_015],
    ["the relay's token", '/discord/test-token', json({ content: 'c' }), 404, 10_015],
    ['nobody there', '/discord/LOST', json({ content: 'c' }), 404, 10_003],
    ['nothing', '/discord/KEY', json({}), 400, 50_006],
    ['other types', '/discord/KEY', json({ content: {}, embeds: [1, null, 'x'], flags: [] }), 400, 50_006],
    ['no JSON', '/discord/KEY', post('{'), 400, 50_109],
    ['an array', '/discord/KEY', post('[]'), 400, 50_109],
    ['nested JSON', '/discord/KEY', post(`{"a":${'['.repeat(9000)}${']'.repeat(9000)}}`), 400, 50_109],
    ['a wrong payload', '/discord/KEY', post('payload_json=x', 'application/x-www-form-urlencoded'), 400, 50_109],
    ['bytes', '/discord/KEY', post(new Uint8Array([0xff])), 400, 50_109],
    ['a large body', '/discord/KEY', post('x'.repeat(100_001)), 413, 0],
    ['a wrong key of GitHub', '/discord/nope/github', json({}), 404, 10_015],
    ['no JSON of GitHub', '/discord/KEY/github', post('{'), 400, 50_109],
    [
      'a form of GitHub without JSON',
      '/discord/KEY/github',
      post('a=b', 'application/x-www-form-urlencoded'),
      400,
      50_109,
    ],
    ['a GET of GitHub', '/discord/KEY/github', {}, 405, 0],
    ['an edit', '/api/webhooks/1/KEY/messages/1', { method: 'PATCH', body: '{}' }, 404, 10_008],
  ];
  for (const [what, path, init, status, code] of HOSTILE) {
    it(`refuses ${what}, and changes nothing`, async () => {
      const before = (await stored(relay(), 'phone')).mid;
      const answer = await relay().fetch(path.replace('KEY', keys.key).replace('LOST', keys.lost), init);
      expect([answer.status, answer.json.code]).to.deep.equal([status, code]);
      expect(answer.json.message).to.be.a('string').and.not.be.empty;
      expect((await stored(relay(), 'phone')).mid).to.equal(before);
    });
  }
});

describe('discord: switched off', () => {
  const relay = sharedWorld({ config: { discord: { enabled: false } } });

  it('answers nothing', async () => {
    const key = await makeKey(relay(), { name: 'nas', device: 'phone' });
    expect((await relay().fetch(`/discord/${key}`, json({ content: 'c' }))).status).not.to.equal(204);
  });
});
