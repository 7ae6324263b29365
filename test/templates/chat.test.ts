import { expect } from 'chai';
import { read, told } from './helpers.ts';

describe('slack and discord, as payloads of webhooks', () => {
  it('are recognised, and keep the life of alerts', () => {
    const slack = {
      channel: '#x',
      username: 'Alertmanager',
      attachments: [
        { title: '[FIRING:1] DiskFull (nas)', title_link: 'http://am.example/', color: 'danger', text: 'full' },
      ],
    };
    const discord = {
      content: '',
      embeds: [{ title: '[RESOLVED] DiskFull (nas)', description: 'ok', color: 3_066_993 }],
    };
    const rows = [slack, discord].map((body) => {
      const { title, body: text, priority, state, key, click, tags } = told(body);
      return [read(body).as, title, text, priority, state, key, click, tags.join()];
    });
    expect(rows[0]).to.deep.equal([
      ...['slack', 'DiskFull (nas)'],
      ...[rows[0]?.[2], 4, 'firing', 'ops/slack/DiskFull (nas)', 'http://am.example/', 'warning,red_circle'],
    ]);
    expect(rows[0]?.[2]).to.contain('full');
    expect(rows[1]).to.deep.equal([
      ...['discord', 'Resolved: DiskFull (nas)', rows[1]?.[2], 3, 'resolved', 'ops/discord/DiskFull (nas)', undefined],
      'white_check_mark,green_circle',
    ]);
    expect(told({ text: '*up*', username: 'kuma' })).to.deep.include({ title: '**up**', extra: { source: 'slack' } });
  });

  it('take what has no text, and leave what others send alone', () => {
    for (const named of ['slack', 'mattermost', 'discord']) {
      for (const body of ['', 'x', [], {}, { text: 7, attachments: [null, 1], embeds: [null, { fields: [1] }] }]) {
        expect(told(body, {}, named).title, named).not.to.equal('');
      }
    }
    const apprise = { version: '1.0', title: 'T', message: 'M', attachments: [{ base64: '' }], type: 'info' };
    expect([apprise, { ...apprise, attachments: [] }, { content: 'x' }].map((body) => read(body).as)).to.deep.equal([
      ...['json', 'json', 'json'],
    ]);
  });
});
