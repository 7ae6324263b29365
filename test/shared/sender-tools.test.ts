import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { ownerEn } from '../../pwa/src/locales/owner/en.ts';
import type { KeyAddress } from '../../shared/api.ts';
import { SENDER_TOOLS, type SenderContext } from '../../shared/sender-tools.ts';
import { sharedWorld } from '../support/shared-world.ts';
import { tempDir } from '../support/temp-dir.ts';

const run = promisify(execFile);
const HOSTILE = "o'brien & 50% $HOME";

describe('SENDER_TOOLS', () => {
  // Senders wait for the reply, which waits for devices that are away.
  const shared = sharedWorld({ realTime: true, config: { http: { waitTimeout: 500 } } });
  let made = 0;

  /** A key for a device, as the page has it. */
  async function contextFor(device: string): Promise<SenderContext> {
    made += 1;
    const body = JSON.stringify({ name: `sender ${made}`, device });
    const { json } = await shared().request('/v1/keys', { method: 'POST', body });
    const listed: readonly KeyAddress[] = json.addresses;
    const addresses = new Map(listed.map(({ kind, text }) => [kind, text] as const));
    return { server: shared().url().replace(/\/$/, ''), key: json.key, target: device, isGroup: false, addresses };
  }

  const settings = (id: string, context: SenderContext) => {
    const tool = SENDER_TOOLS.find((one) => one.id === id);
    return (tool?.settings(context) ?? []).map(({ text }) => text);
  };
  const last = async (device: string) => {
    const { json } = await shared().request(`/v1/devices/${encodeURIComponent(device)}/messages`);
    const { from, message } = json.messages.at(-1);
    return { from: from.name, ...message };
  };

  it('has a text for each id and label that is no name of a product', () => {
    const context = { server: 'http://h', key: 'k', target: 't', isGroup: true, addresses: new Map() };
    expect(new Set(SENDER_TOOLS.map(({ id }) => id)).size).to.equal(SENDER_TOOLS.length);
    for (const tool of SENDER_TOOLS) {
      if (tool.name === undefined) expect(ownerEn).to.have.property(`tool.${tool.id}`);
      for (const { label } of tool.settings(context)) expect(ownerEn).to.have.property(`setting.${label}`);
    }
  });

  it('gives a line for ntfy, only where the name is a topic', async () => {
    const context = await contextFor('phone');
    const [server = '', topic = '', , command = ''] = settings('ntfy', context);
    const { stdout } = await run('sh', ['-c', command]);
    expect(JSON.parse(stdout)).to.include({ event: 'message', topic: 'phone' });
    expect(context.addresses.get('ntfy')).to.equal(`${server}/${topic}`);
    expect([...(await contextFor(HOSTILE)).addresses.keys()])
      .to.include.members(['curl', 'webhook'])
      .and.not.include('ntfy');
  });

  it('gives addresses for senders of Bark', async () => {
    const context = await contextFor('phone');
    const [server = '', key = '', command = ''] = settings('bark', context);
    expect(context.addresses.get('bark')).to.equal(`${server}/${key}`);
    expect(JSON.parse((await run('sh', ['-c', command])).stdout)).to.include({ code: 200 });
    expect(await last('phone')).to.deep.include({ text: 'Backup', desp: 'Done in 4 min' });
    const [, endpoint = ''] = settings('kuma-bark', context);
    expect((await fetch(`${endpoint}/T/B`)).status).to.equal(200);
  });

  it('gives lines for Gotify, with the token in every form', async () => {
    const context = await contextFor('phone');
    const [server = '', token = '', command = ''] = settings('gotify', context);
    const { stdout } = await run('sh', ['-c', command]);
    expect(JSON.parse(stdout)).to.include({ title: 'Backup', message: 'Done in 4 min' });
    for (const id of ['kuma-gotify', 'proxmox']) expect(settings(id, context)).to.include.members([server, token]);
    const secure = { ...context, server: 'https://h.example/sub' };
    expect(settings('shoutrrr', secure)).to.deep.equal([`gotify://h.example/sub/${token}?priority=5`]);
    const [plain = ''] = settings('shoutrrr', context);
    const { host, pathname, search } = new URL(plain.replace('gotify:', 'http:'));
    expect([`http://${host}`, pathname, search]).to.deep.equal([server, `/${token}`, '?priority=5&disabletls=yes']);
  });

  for (const [id, succeeds] of [
    ['pushdeer', { code: 0 }],
    ['pushover', { status: 1 }],
    ['serverchan', { code: 0 }],
    ['pushplus', { code: 200 }],
  ] as const) {
    it(`gives a line for senders of ${id}`, async () => {
      const command = settings(id, await contextFor('phone')).at(-1) ?? '';
      expect(JSON.parse((await run('sh', ['-c', command])).stdout)).to.include(succeeds);
      expect(await last('phone')).to.deep.include({ from: `sender ${made}`, text: 'Backup', desp: 'Done in 4 min' });
    });
  }

  for (const [id, answer] of [
    ['apprise', 'OK'],
    ['pushme', 'success'],
  ] as const) {
    it(`gives a line for senders of ${id}`, async () => {
      const command = settings(id, await contextFor('phone')).at(-1) ?? '';
      expect((await run('sh', ['-c', command])).stdout).to.equal(answer);
      expect(await last('phone')).to.deep.include({ from: `sender ${made}`, text: 'Backup', desp: 'Done in 4 min' });
    });
  }

  it('gives Apprise an address of its own, and Radarr the two fields of its form', async () => {
    const context = { ...(await contextFor('phone')), server: 'https://h.example/sub' };
    expect(settings('apprise', context)[0]).to.equal(`apprises://h.example/sub/${context.key}`);
    expect(settings('arr-apprise', context)).to.deep.equal(['Apprise', 'https://h.example/sub', context.key]);
  });

  for (const [id, body] of [
    ['slack', { text: 'Backup' }],
    ['discord', { content: 'Backup' }],
  ] as const) {
    it(`gives an address for webhooks of ${id}`, async () => {
      const [url = ''] = settings(id, await contextFor('phone'));
      const headers = { 'content-type': 'application/json' };
      expect((await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })).ok).to.equal(true);
      expect(await last('phone')).to.deep.include({ from: `sender ${made}`, text: 'Backup' });
    });
  }

  it('gives the address for webhooks to every program that has them', async () => {
    const context = await contextFor('phone');
    const hook = context.addresses.get('hook') ?? '';
    const tools = SENDER_TOOLS.filter(({ needs }) => needs === 'hook');
    expect(tools.map(({ id }) => id)).to.include.members([
      'alertmanager',
      'grafana',
      'kuma',
      'home-assistant',
      'gitlab',
    ]);
    for (const { id } of tools) expect(settings(id, context).join('\n'), id).to.contain(hook);
    const body = JSON.stringify({ status: 'firing', title: '[FIRING:1] Disk', message: 'full', orgId: 1, alerts: [] });
    const { status } = await fetch(hook, { method: 'POST', body });
    expect(status).to.equal(200);
    expect(await last('phone')).to.deep.include({ text: 'Disk', desp: 'full' });
  });

  for (const device of ['phone', HOSTILE]) {
    it(`gives lines of a shell that send to ${device}`, async () => {
      const context = await contextFor(device);
      const [curl = ''] = settings('curl', context);
      const [cron = ''] = settings('cron', context);
      const command = cron.slice(cron.indexOf('curl')).replaceAll('\\%', '%');
      for (const line of [curl, command]) {
        const { stdout } = await run('sh', ['-c', line.replace(/^curl /, 'curl -s ')]);
        expect(JSON.parse(stdout).cmd).to.equal('MESSAGE_REPLY');
      }
      expect((await last(device)).text).to.equal('Backup failed');
    });

    it(`gives settings of notify.sh that send to ${device}`, async () => {
      const context = await contextFor(device);
      const home = await tempDir();
      const [install = '', config = '', command = ''] = settings('notify', context);
      await mkdir(join(home, '.config/herald'), { recursive: true });
      await writeFile(join(home, '.config/herald/notify'), config);
      const env = { PATH: `${home}:${process.env['PATH']}`, HOME: home };
      await run('sh', ['-c', install.replaceAll('/usr/local/bin', home)], { env });
      await run('sh', ['-c', command], { env });
      expect(await last(device)).to.deep.include({ from: `sender ${made}` });
      expect(JSON.stringify(await last(device))).to.contain('Backup done');
    });

    it(`gives a step of GitHub Actions that sends to ${device}`, async () => {
      const context = await contextFor(device);
      const [key = '', step = ''] = settings('github', context);
      const script = step.slice(step.indexOf('curl')).replaceAll(/\n {4}/g, '\n');
      const env = {
        PATH: process.env['PATH'],
        HERALD_KEY: key,
        RESULT: 'success',
        GITHUB_REPOSITORY: 'me/app',
        GITHUB_WORKFLOW: 'CI & "more"',
        GITHUB_SERVER_URL: 'https://github.com',
        GITHUB_RUN_ID: '7',
      };
      await run('sh', ['-c', script], { env });
      const { text, extra } = await last(device);
      expect(text).to.equal('me/app: CI & "more" success');
      expect(extra.click).to.equal('https://github.com/me/app/actions/runs/7');
    });

    it(`gives addresses, headers and bodies that send to ${device}`, async () => {
      const context = await contextFor(device);
      const [method = '', url = '', header = '', type = '', body = ''] = settings('json', context);
      const headers = Object.fromEntries([header, type].map((line) => line.split(': ', 2)));
      expect((await fetch(url, { method, headers, body })).status).to.equal(200);
      expect(await last(device)).to.deep.include({ text: 'Title', desp: 'Text, with **Markdown**' });
      const [address = ''] = settings('address', context);
      expect((await fetch(address)).status).to.equal(200);
      expect(await last(device)).to.deep.include({ text: 'Hello' });
      const [, kuma = ''] = settings('kuma', context);
      const alert = { heartbeat: { status: 0 }, monitor: { name: 'web' }, msg: '[web] [🔴 Down] timeout' };
      const sent = await fetch(kuma, { method: 'POST', body: JSON.stringify(alert) });
      expect(sent.status).to.equal(200);
      expect(await last(device)).to.deep.include({ text: 'web is down' });
    });
  }
});
