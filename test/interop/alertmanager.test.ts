import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { forSuite, onCleanup } from '../support/cleanup.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { tempDir } from '../support/temp-dir.ts';
import { type Hosts, hosts } from './support/hosts.ts';
import { run } from './support/programs.ts';
import { type Arrived, arrivedAt, builtRelay, keyTo } from './support/relay.ts';

const LABELS = ['alertname=DiskFull', 'instance=nas:9100', 'severity=critical'];
const SUMMARY = 'Disk of nas is 95 % full';
const SOURCE = 'https://prom.example/graph?g0.expr=disk';
const DESCRIPTION = 'sda1 has 3 GB left';

/** Debian's Alertmanager on a port of its own, which tells every receiver of every alert. @returns its address */
async function alertmanager(receiver: string): Promise<string> {
  const [dir, port] = [await tempDir(), await freePort()];
  const file = join(dir, 'alertmanager.yml');
  const route = 'route: { receiver: herald, group_by: [alertname], group_wait: 10ms, group_interval: 1s }';
  await writeFile(file, `${route}\nreceivers:\n  - name: herald\n${receiver}\n`);
  const options = [`--config.file=${file}`, `--storage.path=${dir}`, `--web.listen-address=127.0.0.1:${port}`];
  const program = spawn('prometheus-alertmanager', [...options, '--cluster.listen-address='], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env['PATH'] },
  });
  let log = '';
  program.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  const ended = once(program, 'exit');
  onCleanup(async () => {
    program.kill();
    await ended;
  });
  const url = `http://127.0.0.1:${port}`;
  await eventually('Alertmanager is ready', async () => {
    const { ok } = await fetch(`${url}/-/ready`).catch((error) => {
      throw new Error(log, { cause: error });
    });
    return ok;
  });
  return url;
}

describe("Debian's Alertmanager", () => {
  const relay = builtRelay();
  const names = forSuite((): Promise<Hosts> => hosts(['api.pushover.net'], relay().port));
  const url = forSuite(async () => {
    const at = `http://127.0.0.1:${relay().port}`;
    const key = (device: string) => keyTo(relay(), device);
    const signed = await keyTo(relay(), 'signed', { secret: 'whispered' });
    const pushover = await key('pushover');
    await relay().request('/v1/devices', { method: 'POST', body: '{"name":"named"}' });
    const ca = join(await tempDir(), 'ca.pem');
    await writeFile(ca, names().ca);
    return alertmanager(`    webhook_configs:
      - url: ${at}/hook/${await key('hook')}
      - url: ${at}/hook/${signed}
        http_config: { authorization: { credentials: whispered } }
      - url: ${at}/named.hook
        http_config: { basic_auth: { username: alertmanager, password: process-token } }
    slack_configs:
      - api_url: ${at}/slack/${await key('slack')}
        channel: '#ops'
        send_resolved: true
    discord_configs:
      - webhook_url: ${at}/api/webhooks/123/${await key('discord')}
        send_resolved: true
    pushover_configs:
      - token: ${pushover}${pushover}
        user_key: ${pushover}${pushover}
        http_config: { proxy_url: '${names().proxy}', tls_config: { ca_file: ${ca} } }`);
  });

  /** Adds an alert, or ends it. */
  const tell = (...options: string[]) =>
    run('amtool', [
      `--alertmanager.url=${url()}`,
      ...['alert', 'add', ...LABELS],
      ...[`--annotation=summary=${SUMMARY}`, `--annotation=description=${DESCRIPTION}`],
      `--generator-url=${SOURCE}`,
      ...options,
    ]);

  /** All messages of a device about its disk, as soon as there are so many. */
  const arrived = (device: string, count: number): Promise<Arrived[]> =>
    eventually(
      `${device} has ${count}`,
      async () => (await arrivedAt(relay(), device)).filter(({ text }) => text.includes('Disk')),
      { until: ({ length }) => length >= count },
    );

  /** The alerts of a device: their state and how many messages they have. */
  async function alertsOf(device: string) {
    const { alerts } = (await relay().request('/v1/alerts')).json;
    return alerts
      .filter(({ target, title }: Record<string, string>) => target === device && title?.includes('Disk'))
      .map(({ key, state, count }: Record<string, unknown>) => ({ key, state, count }));
  }

  const GROUP = 'alertmanager/{}:{alertname="DiskFull"}';
  const HOOK = {
    text: SUMMARY,
    desp: `${DESCRIPTION}\n\`instance=nas:9100\` \`severity=critical\``,
  };
  const HOOK_EXTRA = { source: 'alertmanager', priority: 5, tags: ['rotating_light'], click: SOURCE };
  const NAME = 'DiskFull (nas:9100 critical)';
  const CHAT_EXTRA = { priority: 4, tags: ['red_circle'] };
  /** By device: the key of its alert, and what its first message says. */
  const WAYS: Readonly<
    Record<string, readonly [key: string, message: Pick<Arrived, 'from' | 'text'> & Partial<Arrived>, extra: object]>
  > = {
    hook: [`hook/${GROUP}`, { from: 'hook', ...HOOK }, HOOK_EXTRA],
    signed: [`signed/${GROUP}`, { from: 'signed', ...HOOK }, HOOK_EXTRA],
    named: [GROUP, { from: '', ...HOOK }, HOOK_EXTRA],
    slack: [`slack/slack/${NAME}`, { from: 'slack', text: NAME }, CHAT_EXTRA],
    discord: [`discord/discord/${NAME}`, { from: 'discord', text: NAME }, CHAT_EXTRA],
  };

  it('tells of an alert once on each way, and once that it is over', async () => {
    const added = await tell();
    expect(added.code, added.stderr).to.equal(0);
    for (const [device, [key, message, extra]] of Object.entries(WAYS)) {
      const [first, ...others] = await arrived(device, 1);
      expect(others).to.deep.equal([]);
      expect(first).to.deep.include(message);
      expect(first?.extra).to.deep.include({ ...extra, key, state: 'firing' });
      expect(await alertsOf(device)).to.deep.equal([{ key, state: 'firing', count: 1 }]);
    }
    const ended = await tell(`--end=${new Date().toISOString()}`);
    expect(ended.code, ended.stderr).to.equal(0);
    for (const [device, [key, { text }]] of Object.entries(WAYS)) {
      const [, second, ...others] = await arrived(device, 2);
      expect(others).to.deep.equal([]);
      expect(second?.text).to.equal(`Resolved: ${text}`);
      expect(second?.extra).to.deep.include({ key, state: 'resolved' });
      expect(await alertsOf(device)).to.deep.equal([{ key, state: 'ok', count: 2 }]);
    }
    const discord = await arrived('discord', 2);
    expect(discord[0]?.desp).to.match(/^Alerts Firing:\nLabels:\n - alertname = DiskFull\n/);
    const [emergency, over, ...others] = await arrived('pushover', 2);
    expect(others).to.deep.equal([]);
    expect(emergency).to.deep.include({ from: 'pushover', text: `[FIRING:1] ${NAME}` });
    expect(emergency?.extra).to.deep.include({ priority: 5, markdown: 0 });
    expect(emergency?.extra['receipt']).to.match(/^[A-Za-z0-9]{30}$/);
    expect(over).to.deep.include({ text: `[RESOLVED] ${NAME}` });
  });

  it('tells of several alerts of a group in one message', async () => {
    const { code, stderr } = await run('amtool', [
      `--alertmanager.url=${url()}`,
      ...['alert', 'add', 'alertname=Backup', 'instance=pi', 'severity=info'],
    ]);
    expect(code, stderr).to.equal(0);
    const other = ['alert', 'add', 'alertname=Backup', 'instance=nas', 'severity=warning'];
    expect((await run('amtool', [`--alertmanager.url=${url()}`, ...other])).code).to.equal(0);
    const last = await eventually('both are in one message', async () => (await arrivedAt(relay(), 'hook')).at(-1), {
      until: (message) => message?.text === 'Backup (2)',
    });
    expect(last?.extra).to.deep.include({ priority: 4, state: 'firing' });
    expect(last?.desp).to.include('`instance=nas`').and.include('`instance=pi`');
  });
});
