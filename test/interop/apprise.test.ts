import { expect } from 'chai';
import { forSuite } from '../support/cleanup.ts';
import { hosts } from './support/hosts.ts';
import { python, pythonProgram, withOlder } from './support/programs.ts';
import { arrivedAt, builtRelay, keyTo, onlyMessage } from './support/relay.ts';

const TITLE = 'Disk 磁盘';
const BODY = '91 % *used*\nsecond line';
const NAS = 'https://nas.example/';
/** apprise takes only texts of this length for tokens of PushPlus. */
const LONG_KEY = 'A0123456789abcdef0123456789abcdef';
const FIXED = [
  'api.pushover.net',
  'discord.com',
  'hooks.slack.com',
  'push.i-i.me',
  'sctapi.ftqq.com',
  'www.pushplus.plus',
];

describe('apprise', () => {
  const relay = builtRelay({ keys: [{ name: 'pushplus', key: LONG_KEY, device: 'pushplus' }] });
  const at = () => `127.0.0.1:${relay().port}`;
  /** The hosts that apprise knows alone. */
  const fixed = forSuite(() => hosts(FIXED, relay().port));

  const send = (url: string, ...options: string[]) =>
    pythonProgram('apprise', ['-vv', '-t', TITLE, '-b', BODY, ...options, url], fixed().env);

  /** What its command sends: the address by a key, options, and what arrives in `extra` beside the title and the body. */
  const COMMANDS: readonly [what: string, url: (key: string) => string, options: string[], extra: object][] = [
    [
      'ntfy, key as the user',
      (key) =>
        `ntfy://${key}@${at()}/ntfy-user?priority=max&tags=skull&click=${NAS}&image=no&attach=${NAS}a.png&actions=view%2COpen%2C${NAS}`,
      [],
      {
        priority: 5,
        tags: ['skull'],
        click: NAS,
        markdown: 0,
      },
    ],
    ['ntfy, key as the password', (key) => `ntfy://someone:${key}@${at()}/ntfy-password`, [], { markdown: 0 }],
    ['ntfy, key as a token', (key) => `ntfy://${key}@${at()}/ntfy-token?auth=token`, [], { markdown: 0 }],
    ['gotify', (key) => `gotify://${at()}/${key}?priority=high&click=${NAS}`, [], { priority: 4, markdown: '0' }],
    ['gotify below its prefix', (key) => `gotify://${at()}/gotify/${key}`, [], { priority: 3, markdown: '0' }],
    [
      'bark',
      (key) =>
        `bark://${at()}/${key}?sound=alarm&level=critical&group=nas&click=${NAS}&badge=3&icon=${NAS}i.png&copy=sda1&call=yes&volume=7`,
      [],
      {
        priority: 5,
        level: 'critical',
        sound: 'alarm.caf',
        volume: '7',
        call: '1',
        badge: '3',
        group: 'nas',
        tags: ['nas'],
        click: NAS,
        icon: `${NAS}i.png`,
        copy: 'sda1',
        actions: [{ action: 'copy', label: 'Copy', text: 'sda1' }],
      },
    ],
    ['mmost', (key) => `mmost://${at()}/${key}?image=no`, [], {}],
    ['pushdeer', (key) => `pushdeer://${at()}/${key}`, [], { markdown: 0 }],
    [
      'slack',
      (key) => `slack://T1JJ3T3L2/A1BRTD4JD/${key}?footer=no`,
      ['-n', 'warning'],
      { priority: 4, tags: ['yellow_circle'], markdown: 0 },
    ],
    ['discord', (key) => `discord://4174216298/${key}?avatar=no`, [], {}],
    [
      'pover',
      (key) => `pover://${key}${key}@${key}${key}/ALL_DEVICES?priority=high&sound=siren&url=${NAS}&url_title=nas`,
      [],
      {
        priority: 4,
        sound: 'siren',
        click: NAS,
        markdown: 0,
        actions: [{ action: 'open', label: 'nas', url: NAS }],
      },
    ],
    ['json', (key) => `json://${at()}/hook/${key}`, ['-n', 'failure'], { source: 'json', priority: 4, markdown: 0 }],
    [
      'apprise',
      (key) => `apprise://${at()}/${key}?tags=disks`,
      ['-n', 'failure'],
      { priority: 4, tags: ['disks', 'x'], markdown: 0 },
    ],
    ['serverchan', (key) => `schan://${key}`, [], {}],
    ['pushme', (key) => `pushme://${key}`, ['-n', 'warning'], { priority: 4, tags: ['warning'], markdown: 0 }],
    ['pushplus', (key) => `pushplus://${key.padEnd(32, 'x')}`, [], { channel: 'wechat' }],
    ['form', (key) => `form://${at()}/hook/${key}`, ['-n', 'warning'], { source: 'json', priority: 4, markdown: 0 }],
  ];
  for (const [what, url, options, expected] of COMMANDS) {
    it(`its command sends as ${what}`, async () => {
      const device = what.replace(', key as the ', '-').replace(', key as a ', '-').replaceAll(' ', '-');
      const key = device === 'pushplus' ? LONG_KEY : await keyTo(relay(), device);
      const { code, stdout, stderr } = await send(url(key), ...options);
      expect(code, `${stdout}${stderr}`).to.equal(0);
      const { text, desp, extra } = await onlyMessage(relay(), device);
      expect({ text, desp }).to.deep.equal({ text: TITLE, desp: BODY });
      expect(extra).to.deep.include(expected);
    });
  }

  it('sends with the version before the last, in each of these ways', async () => {
    const body = '91 % used\nsecond line';
    // It lacks some of their options.
    const ways = COMMANDS.filter(([what]) => !['ntfy, key as the user', 'bark', 'pushplus'].includes(what));
    const urls: string[] = [];
    for (const [index, [, url]] of ways.entries())
      urls.push(url(await keyTo(relay(), `older-${index}`)).replace(/\/ntfy-\w+/, `/older-${index}`));
    const types = ways.map(([, , [, type = 'info']]) => type);
    const found = await python(
      `
import apprise
def send(url, kind):
    one = apprise.Apprise()
    return one.add(url) and bool(one.notify(title=given['title'], body=given['body'], notify_type=kind))
result = [apprise.__version__, [send(url, kind) for url, kind in zip(given['urls'], given['types'])]]
`,
      { urls, types, title: TITLE, body },
      withOlder(fixed().env),
    );
    expect(found).to.deep.equal(['1.13.1', urls.map(() => true)]);
    for (const [index, [what, , , expected]] of ways.entries()) {
      const { text, desp, extra } = await onlyMessage(relay(), `older-${index}`);
      expect({ text, desp }, what).to.deep.equal({ text: TITLE, desp: body });
      // It says of every text to Slack that it is in Slack's marks.
      const same = Object.entries(expected).filter(([name]) => what !== 'slack' || name !== 'markdown');
      expect(extra, what).to.deep.include(Object.fromEntries(same));
    }
  });

  it('says so when the key is wrong, for each of them', async () => {
    const wrong = 'Awrong123456789';
    const urls = COMMANDS.map(([, url]) => url(wrong));
    const found = await python(
      `
import apprise
def send(url):
    one = apprise.Apprise()
    assert one.add(url)
    return bool(one.notify(body='x'))
result = [send(url) for url in given['urls']]
`,
      { urls },
      fixed().env,
    );
    expect(found).to.deep.equal(urls.map(() => false));
  });

  /** How it sends a picture: the address by a key, and what stands below the text. */
  const PICTURES: readonly [what: string, url: (key: string) => string][] = [
    ['pover', (key) => `pover://${key}${key}@${key}${key}`],
    ['json', (key) => `json://${at()}/hook/${key}`],
    ['form', (key) => `form://${at()}/hook/${key}`],
    ['apprise', (key) => `apprise://${at()}/${key}`],
    ['ntfy', (key) => `ntfy://someone:${key}@${at()}/picture-ntfy`],
    ['discord', (key) => `discord://4174216298/${key}?avatar=no`],
  ];

  it('sends pictures, and the messages arrive', async () => {
    const urls: string[] = [];
    for (const [what, url] of PICTURES) urls.push(url(await keyTo(relay(), `picture-${what}`)));
    const sent = await python(
      `
import apprise, base64, os, tempfile
path = os.path.join(tempfile.mkdtemp(), 'disk.png')
with open(path, 'wb') as file:
    file.write(base64.b64decode('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='))
def send(url):
    one = apprise.Apprise()
    one.add(url)
    return bool(one.notify(title='Disk', body='91 % used', attach=path))
result = [send(url) for url in given['urls']]
`,
      { urls },
      fixed().env,
    );
    expect(sent).to.deep.equal(urls.map(() => true));
    const named = '📎 disk.png, 70 bytes';
    for (const what of ['pover', 'json', 'form', 'apprise']) {
      const { text, desp } = await onlyMessage(relay(), `picture-${what}`);
      expect({ text, desp }, what).to.deep.equal({ text: 'Disk', desp: `91 % used\n\n${named}` });
    }
    const { text, desp, extra } = await onlyMessage(relay(), 'picture-ntfy');
    expect({ text, desp }).to.deep.equal({ text: 'Disk', desp: '91 % used' });
    expect(extra['attachment']).to.deep.include({ name: 'disk.png', size: 70, type: 'image/png' });
    // It sends the picture to Discord as a message of its own.
    const messages = await arrivedAt(relay(), 'picture-discord');
    expect(messages.map((one) => [one.text, one.desp])).to.deep.equal([
      ['Disk', '91 % used'],
      ['picture-discord', named],
    ]);
  });

  it('keeps Markdown and HTML', async () => {
    const [gotify, pover] = [await keyTo(relay(), 'as-markdown'), await keyTo(relay(), 'as-html')];
    const sent = await python(
      `
import apprise
def send(url, body, kind):
    one = apprise.Apprise()
    one.add(url)
    return bool(one.notify(title='Disk', body=body, body_format=kind))
result = [
    send(given['gotify'], '**91 %** used', apprise.NotifyFormat.MARKDOWN),
    send(given['pover'], '<b>91 %</b> used<br/>see <a href="https://nas.example/">nas</a>', apprise.NotifyFormat.HTML),
]
`,
      {
        gotify: `gotify://${at()}/${gotify}?format=markdown`,
        pover: `pover://${pover}${pover}@${pover}${pover}?format=html`,
      },
      fixed().env,
    );
    expect(sent).to.deep.equal([true, true]);
    const markdown = await onlyMessage(relay(), 'as-markdown');
    expect(markdown).to.deep.include({ text: 'Disk', desp: '**91 %** used' });
    expect(markdown.extra).to.deep.include({ markdown: '1' });
    const html = await onlyMessage(relay(), 'as-html');
    expect(html).to.deep.include({ text: 'Disk', desp: `**91 %** used\nsee [nas](${NAS})` });
    expect(html.extra).not.to.have.property('markdown');
  });

  it("sends to Rocket.Chat's path, in Markdown", async () => {
    const key = await keyTo(relay(), 'rocket');
    const { code, stderr } = await send(`rocket://someid/${key}@${at()}?avatar=no`);
    expect(code, stderr).to.equal(0);
    const { text, desp } = await onlyMessage(relay(), 'rocket');
    expect({ text, desp }).to.deep.equal({ text: TITLE, desp: BODY.replaceAll('*', '\\*') });
  });

  it('starts an emergency as Pushover, with its interval and its end', async () => {
    const key = await keyTo(relay(), 'emergency');
    const { code, stderr } = await send(`pover://${key}${key}@${key}${key}?priority=emergency&retry=60&expire=600`);
    expect(code, stderr).to.equal(0);
    const { text, extra } = await onlyMessage(relay(), 'emergency');
    expect(text).to.equal(TITLE);
    expect(extra).to.deep.include({ priority: 5 });
    expect(extra['receipt']).to.match(/^[A-Za-z0-9]{30}$/);
  });
});
