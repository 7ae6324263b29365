import { createHmac } from 'node:crypto';
import { expect } from 'chai';
import { fromMrkdwn } from '../../../server/templates/slack.ts';
import { sharedWorld } from '../../support/shared-world.ts';
import { keySuite, makeKey, stored } from '../key-senders.ts';

const post = (body: BodyInit, type = 'application/json'): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': type },
  body,
});
const json = (value: unknown) => post(JSON.stringify(value));

const KUMA = {
  text: '[nas] [🔴 Down] connect ECONNREFUSED 192.0.2.7:443',
  channel: '',
  username: 'kuma',
  icon_emoji: '',
  attachments: [
    {
      color: '#e01e5a',
      blocks: [
        { type: 'header', text: { type: 'plain_text', text: 'nas' } },
        { type: 'context', elements: [{ type: 'mrkdwn', text: '_home_' }] },
        {
          type: 'section',
          fields: [
            { type: 'mrkdwn', text: '*Message*\n[nas] [🔴 Down]' },
            { type: 'mrkdwn', text: '*Time (Europe/Berlin)*\n2026-11-29 17:00:00' },
          ],
        },
        {
          type: 'actions',
          elements: [
            {
              type: 'button',
              text: { type: 'plain_text', text: 'Visit Uptime Kuma' },
              value: 'Uptime-Kuma',
              url: 'http://kuma.example:3001/dashboard/12',
            },
          ],
        },
      ],
    },
  ],
};
const firing = (word: string) => ({
  channel: '#x',
  username: 'Alertmanager',
  attachments: [
    {
      title: `[${word}] DiskFull (nas:9100 critical)`,
      title_link: 'http://am.example:9093/#/alerts?receiver=r',
      text: '',
      fallback: `[${word}] DiskFull (nas:9100 critical) | http://am.example:9093/#/alerts?receiver=r`,
      callback_id: '',
      footer: '',
      color: word.startsWith('FIRING') ? 'danger' : 'good',
      mrkdwn_in: ['fallback', 'pretext', 'text'],
    },
  ],
});

describe('slack', () => {
  const { relay, keys } = keySuite();

  const SENDERS: readonly [what: string, path: string, init: RequestInit, expected: object][] = [
    [
      '@slack/webhook',
      '/services/T1/B1/KEY',
      json({
        text: 'hi *there*',
        attachments: [{ color: 'danger', title: 'A', text: 'B', fields: [{ title: 'f', value: 'v' }] }],
      }),
      {
        from: 'nas',
        text: 'A',
        desp: 'hi **there**\n\nB\n\n**f:** v',
        extra: { priority: 4, tags: ['red_circle'] },
      },
    ],
    [
      'Uptime Kuma',
      '/services/KEY',
      json(KUMA),
      {
        text: 'nas',
        desp: '[nas] [🔴 Down] connect ECONNREFUSED 192.0.2.7:443\n\n_home_\n\n**Message**\n[nas] [🔴 Down]\n\n**Time (Europe/Berlin)**\n2026-11-29 17:00:00',
        extra: {
          priority: 4,
          tags: ['red_circle'],
          click: 'http://kuma.example:3001/dashboard/12',
          actions: [{ action: 'open', label: 'Visit Uptime Kuma', url: 'http://kuma.example:3001/dashboard/12' }],
        },
      },
    ],
    [
      'Alertmanager, firing',
      '/slack/KEY',
      json(firing('FIRING:1')),
      {
        text: 'DiskFull (nas:9100 critical)',
        extra: {
          priority: 4,
          tags: ['red_circle'],
          click: 'http://am.example:9093/#/alerts?receiver=r',
          key: 'nas/slack/DiskFull (nas:9100 critical)',
          state: 'firing',
        },
      },
    ],
    [
      'Alertmanager, resolved',
      '/slack/KEY',
      json(firing('RESOLVED')),
      {
        text: 'Resolved: DiskFull (nas:9100 critical)',
        extra: {
          tags: ['green_circle'],
          click: 'http://am.example:9093/#/alerts?receiver=r',
          key: 'nas/slack/DiskFull (nas:9100 critical)',
          state: 'resolved',
        },
      },
    ],
    [
      'a form with a payload',
      '/services/a/KEY',
      post(`payload=${encodeURIComponent('{"text":"first\\nsecond"}')}`, 'application/x-www-form-urlencoded'),
      { text: 'first', desp: 'second' },
    ],
    [
      'Mattermost, at its own path',
      '/hooks/KEY',
      json({ text: '### Disk\n*91 %* **used**' }),
      { text: 'Disk', desp: '*91 %* **used**' },
    ],
    [
      'Rocket.Chat, at its own path',
      '/hooks/someid/KEY',
      json({ text: 'see', attachments: [{ title: 'Disk', text: '*91 %*', color: '#ff0000' }] }),
      { text: 'Disk', desp: 'see\n\n*91 %*', extra: { priority: 4, tags: ['red_circle'] } },
    ],
    [
      'JSON without its type',
      '/slack/KEY',
      post('{"text":"T","mrkdwn":false}', 'text/plain'),
      { text: 'T', extra: { markdown: 0 } },
    ],
    ['a path of Discord', '/api/webhooks/1/KEY/slack', json({ text: 'T' }), { text: 'T' }],
    ['a fallback', '/slack/KEY', json({ attachments: [{ fallback: 'F' }] }), { text: 'F', desp: '' }],
    [
      'other blocks',
      '/slack/KEY',
      json({
        blocks: [
          { type: 'markdown', text: '**m**' },
          { type: 'rich_text', elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text: 'r' }] }] },
          { type: 'divider' },
          { type: 'image', image_url: 'https://e.com/a.png', alt_text: 'alt' },
        ],
      }),
      { text: '**m**', desp: 'r\n\n---\n\nalt', extra: { image: 'https://e.com/a.png' } },
    ],
  ];
  for (const [what, path, init, expected] of SENDERS) {
    it(`takes ${what}`, async () => {
      const { status, text, headers } = await relay().fetch(path.replace('KEY', keys.key), init);
      expect([status, text, headers.get('content-type')]).to.deep.equal([200, 'ok', 'text/html']);
      expect(await stored(relay(), 'phone')).to.deep.include(expected);
    });
  }

  for (const [mrkdwn, markdown] of [
    ['*b* _i_ ~s~ `*c*`', '**b** _i_ ~~s~~ `*c*`'],
    ['<https://e.com|x> <https://e.com>', '[x](https://e.com) https://e.com'],
    ['<!channel> <@U1> <#C1|general>', '@channel @U1 #general'],
    ['a &lt;b&gt; &amp;lt;', 'a <b> &lt;'],
    ['2 * 3 * 4', '2 * 3 * 4'],
    ['<javascript:alert(1)|x>', '<javascript:alert(1)|x>'],
  ] as const) {
    it(`turns ${mrkdwn} into Markdown`, () => {
      expect(fromMrkdwn(mrkdwn)).to.equal(markdown);
    });
  }

  it('checks the signature if the key has a secret', async () => {
    const signed = await makeKey(relay(), { name: 'signed', device: 'tablet', secret: 'whispered' });
    const payload = JSON.stringify({ text: 'signed' });
    const form = new URLSearchParams({ payload }).toString();
    const hex = (text: string) => createHmac('sha256', 'whispered').update(text).digest('hex');
    const answer = async (body: string, type: string, headers = {}) => {
      const init = post(body, type);
      const { status, text } = await relay().fetch(`/slack/${signed}`, {
        ...init,
        headers: { ...init.headers, ...headers },
      });
      return [status, text];
    };
    const FORM = 'application/x-www-form-urlencoded';
    for (const refused of [
      await answer(payload, 'application/json'),
      await answer(payload, 'application/json', { 'x-herald-signature': `sha256=${hex('x')}` }),
    ]) {
      expect(refused).to.deep.equal([403, 'action_prohibited']);
    }
    expect((await stored(relay(), 'tablet')).mid).to.equal(undefined);
    for (const [body, type, headers] of [
      [payload, 'application/json', { 'x-herald-signature': `sha256=${hex(payload)}` }],
      [payload, 'application/json', { authorization: 'Bearer whispered' }],
      [form, FORM, { 'x-hub-signature-256': `sha256=${hex(form)}` }],
      [form, FORM, { 'x-gitea-signature': hex(payload) }],
    ] as const) {
      expect(await answer(body, type, headers)).to.deep.equal([200, 'ok']);
    }
    expect((await stored(relay(), 'tablet')).text).to.equal('signed');
  });

  const HOSTILE: readonly [what: string, path: string, init: RequestInit, status: number, text: string][] = [
    ['a wrong key', '/services/T/B/nope', json({ text: 'T' }), 404, 'no_service'],
    ["the relay's token", '/slack/test-token', json({ text: 'T' }), 404, 'no_service'],
    ['nobody there', '/slack/LOST', json({ text: 'T' }), 404, 'channel_not_found'],
    ['nothing', '/slack/KEY', json({}), 400, 'no_text'],
    ['other types', '/slack/KEY', json({ text: {}, blocks: 'x', attachments: [1, null, 'x'] }), 400, 'no_text'],
    ['no JSON', '/slack/KEY', post('{'), 400, 'invalid_payload'],
    ['an array', '/slack/KEY', post('[]'), 400, 'invalid_payload'],
    ['nested JSON', '/slack/KEY', post(`{"a":${'['.repeat(9000)}${']'.repeat(9000)}}`), 400, 'invalid_payload'],
    ['a wrong payload', '/slack/KEY', post('payload=x', 'application/x-www-form-urlencoded'), 400, 'invalid_payload'],
    ['bytes', '/slack/KEY', post(new Uint8Array([0xff])), 400, 'invalid_payload'],
    ['a large body', '/slack/KEY', post('x'.repeat(100_001)), 413, 'the body is larger than 100000 bytes'],
    ['a GET', '/slack/KEY', {}, 405, 'expected POST'],
  ];
  for (const [what, path, init, status, text] of HOSTILE) {
    it(`refuses ${what}, and changes nothing`, async () => {
      const before = (await stored(relay(), 'phone')).mid;
      const answer = await relay().fetch(path.replace('KEY', keys.key).replace('LOST', keys.lost), init);
      expect([answer.status, answer.text]).to.deep.equal([status, text]);
      expect((await stored(relay(), 'phone')).mid).to.equal(before);
    });
  }
});

describe('slack: switched off', () => {
  const relay = sharedWorld({ config: { slack: { enabled: false } } });

  it('answers nothing', async () => {
    const key = await makeKey(relay(), { name: 'nas', device: 'phone' });
    expect((await relay().fetch(`/slack/${key}`, json({ text: 'T' }))).text).not.to.equal('ok');
  });
});
