import { expect } from 'chai';
import { npmPackage, python } from './support/programs.ts';
import { builtRelay, keyTo, onlyMessage } from './support/relay.ts';

const NAS = 'https://nas.example/';

describe('programs that speak to Slack and Discord', () => {
  const relay = builtRelay();
  const url = (path: string) => `http://127.0.0.1:${relay().port}${path}`;

  it('slack_sdk sends blocks and attachments, in each form of the address', async () => {
    const key = await keyTo(relay(), 'slack-python');
    const found = await python(
      `
from slack_sdk.webhook import WebhookClient
blocks = [
    {'type': 'header', 'text': {'type': 'plain_text', 'text': 'Disk 磁盘'}},
    {'type': 'section', 'text': {'type': 'mrkdwn', 'text': '*91 %* used, <https://nas.example/|nas>'}},
    {'type': 'actions', 'elements': [{'type': 'button', 'text': {'type': 'plain_text', 'text': 'Open'}, 'url': 'https://nas.example/'}]},
]
answer = WebhookClient(given['url']).send(text='Disk', blocks=blocks, attachments=[{'color': 'danger', 'fields': [{'title': 'Host', 'value': 'nas'}]}])
wrong = WebhookClient(given['wrong']).send(text='x')
result = [answer.status_code, answer.body, wrong.status_code, wrong.body]
`,
      { url: url(`/services/T1/B1/${key}`), wrong: url('/slack/Awrong123456789') },
    );
    expect(found).to.deep.equal([200, 'ok', 404, 'no_service']);
    const { text, desp, extra } = await onlyMessage(relay(), 'slack-python');
    expect({ text, desp }).to.deep.equal({
      text: 'Disk 磁盘',
      desp: 'Disk\n\n**91 %** used, [nas](https://nas.example/)\n\n**Host:** nas',
    });
    expect(extra).to.deep.equal({
      priority: 4,
      tags: ['red_circle'],
      click: NAS,
      actions: [{ action: 'open', label: 'Open', url: NAS }],
    });
  });

  it('@slack/webhook sends', async () => {
    const key = await keyTo(relay(), 'slack-node');
    const { IncomingWebhook } = await npmPackage('@slack/webhook');
    const answer = await new IncomingWebhook(url(`/slack/${key}`)).send({
      text: 'hi *there*',
      attachments: [{ color: 'warning', title: 'Disk', title_link: NAS, text: '91 % used' }],
    });
    expect(answer.text).to.equal('ok');
    const { text, desp, extra } = await onlyMessage(relay(), 'slack-node');
    expect({ text, desp }).to.deep.equal({
      text: 'Disk',
      desp: 'hi **there**\n\n91 % used',
    });
    expect(extra).to.deep.equal({ priority: 4, tags: ['yellow_circle'], click: NAS });
  });

  it('discord-webhook sends an embed and a file, and reads the message that it made', async () => {
    const key = await keyTo(relay(), 'discord-python');
    const found = await python(
      `
from discord_webhook import DiscordEmbed, DiscordWebhook
hook = DiscordWebhook(url=given['url'], content='see **below**', username='nas', wait=True)
embed = DiscordEmbed(title='Disk 磁盘', description='91 % used', color='ff0000', url='https://nas.example/')
embed.add_embed_field(name='Host', value='nas')
embed.set_image(url='https://nas.example/a.png')
hook.add_embed(embed)
hook.add_file(file=b'1234', filename='disk.png')
answer = hook.execute()
result = [answer.status_code, hook.id is not None]
`,
      { url: url(`/api/webhooks/123/${key}`) },
    );
    expect(found).to.deep.equal([200, true]);
    const { text, desp, extra } = await onlyMessage(relay(), 'discord-python');
    expect({ text, desp }).to.deep.equal({
      text: 'Disk 磁盘',
      desp: 'see **below**\n\n91 % used\n\n**Host:** nas\n\n📎 disk.png, 4 bytes',
    });
    expect(extra).to.deep.equal({ priority: 4, tags: ['red_circle'], click: NAS, image: `${NAS}a.png` });
  });

  it('discord.js sends', async () => {
    const key = await keyTo(relay(), 'discord-node');
    const { WebhookClient, EmbedBuilder } = await npmPackage('discord.js');
    const client = new WebhookClient(
      { id: '123456789012345678', token: key },
      { rest: { api: url('/api'), version: '10' } },
    );
    const sent = await client.send({
      content: 'see below',
      embeds: [new EmbedBuilder().setTitle('Disk').setDescription('91 % used').setURL(NAS).setColor(0x00ff00)],
    });
    expect(sent.id).to.match(/^\d+$/);
    const { text, desp, extra } = await onlyMessage(relay(), 'discord-node');
    expect({ text, desp }).to.deep.equal({
      text: 'Disk',
      desp: 'see below\n\n91 % used',
    });
    expect(extra).to.deep.equal({ tags: ['green_circle'], click: NAS });
  });
});
