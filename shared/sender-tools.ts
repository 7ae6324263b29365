// Which settings each kind of sender needs. One row for each; the page shows those for which the relay gives an address.
import type { KeyAddress } from './api.ts';

/** What a new key gives to its sender. */
export interface SenderContext {
  /** The address of the relay, without a slash at its end. */
  readonly server: string;
  /** The text of the key. */
  readonly key: string;
  /** The device or group that it sends to. */
  readonly target: string;
  readonly isGroup: boolean;
  /** Whether it has a secret for signatures of webhooks. */
  readonly isSigned?: boolean;
  /** What the relay said to paste, by its kind. */
  readonly addresses: ReadonlyMap<KeyAddress['kind'], string>;
}

/** One thing to paste into a sender. */
export interface SenderSetting {
  /** What it is: the page has a text for each. */
  readonly label:
    | 'command'
    | 'file'
    | 'url'
    | 'method'
    | 'header'
    | 'headers'
    | 'type'
    | 'body'
    | 'secret'
    | 'step'
    | 'topic'
    | 'key';
  /** A name that the sender's own form has for it, in place of the label. */
  readonly name?: string;
  readonly text: string;
}

/** A kind of sender. */
export interface SenderTool {
  readonly id: string;
  /** The name of a product. Without one, the page has a text for the id. */
  readonly name?: string;
  /** The kind of the address that it uses. */
  readonly needs: KeyAddress['kind'];
  settings(context: SenderContext): readonly SenderSetting[];
}

/** The address to send to, without a credential. Safe within double quotes of a shell, and in YAML and JSON. */
function urlOf({ addresses }: SenderContext): string {
  return (addresses.get('webhook') ?? '').replace(/\?token=.*$/s, '');
}

/** The address for webhooks. */
const hookOf = ({ addresses }: SenderContext) => addresses.get('hook') ?? '';

const bearer = ({ key }: SenderContext) => `Bearer ${key}`;

/** A name as a word of a POSIX shell. */
function shellWord(text: string): string {
  return /^[\w.@%+:,-]+$/.test(text) && !text.startsWith('-') ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** What a form for ntfy asks for, under its own names. */
function ntfySettings(
  { server, target, key }: SenderContext,
  names: Readonly<Record<'server' | 'topic' | 'key', string>>,
): SenderSetting[] {
  return [
    { label: 'url', name: names.server, text: server },
    { label: 'topic', name: names.topic, text: target },
    { label: 'key', name: names.key, text: key },
  ];
}

/** All kinds of senders, in the order in which they are offered. */
export const SENDER_TOOLS: readonly SenderTool[] = [
  {
    id: 'curl',
    name: 'curl',
    needs: 'curl',
    settings: ({ addresses }) => [{ label: 'command', text: addresses.get('curl') ?? '' }],
  },
  {
    id: 'notify',
    name: 'notify.sh',
    needs: 'curl',
    settings: ({ server, key, target, isGroup }) => [
      {
        label: 'command',
        text: `curl -fsS "${server}/notify.sh" -o /usr/local/bin/notify && chmod +x /usr/local/bin/notify`,
      },
      { label: 'file', name: '/etc/herald/notify', text: `HERALD_SERVER=${server}\nHERALD_TOKEN=${key}` },
      { label: 'command', text: `notify ${isGroup ? '-g ' : ''}${shellWord(target)} "Backup done"` },
    ],
  },
  {
    id: 'herald',
    name: 'herald',
    needs: 'curl',
    settings: ({ server, key, target, isGroup }) => [
      { label: 'command', text: `export HERALD_SERVER="${server}" HERALD_TOKEN="${key}"` },
      { label: 'command', text: `herald send ${shellWord(target)} "Backup done"${isGroup ? ' --group' : ''}` },
    ],
  },
  {
    id: 'cron',
    name: 'cron',
    needs: 'curl',
    settings: (context) => [
      {
        label: 'file',
        name: 'crontab -e',
        // A percent sign ends the command of a crontab.
        text: `0 3 * * * /root/backup.sh || curl -fsS -H "Authorization: ${bearer(context)}" -d "text=Backup failed" "${urlOf(context).replaceAll('%', '\\%')}"`,
      },
    ],
  },
  {
    id: 'github',
    name: 'GitHub Actions',
    needs: 'curl',
    settings: (context) => [
      { label: 'secret', name: 'HERALD_KEY', text: context.key },
      {
        label: 'step',
        text: `- name: Send the result
  if: always()
  env:
    HERALD_KEY: \${{ secrets.HERALD_KEY }}
    RESULT: \${{ job.status }}
  run: |
    curl -fsS -H "Authorization: Bearer $HERALD_KEY" \\
      --data-urlencode "text=$GITHUB_REPOSITORY: $GITHUB_WORKFLOW $RESULT" \\
      --data-urlencode "click=$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID" \\
      "${urlOf(context)}"`,
      },
    ],
  },
  {
    id: 'ntfy',
    name: 'ntfy',
    needs: 'ntfy',
    settings: (context) => [
      ...ntfySettings(context, { server: 'Server', topic: 'Topic', key: 'Password (any user name), or access token' }),
      {
        label: 'command',
        text: `curl -fsS -u ":${context.key}" -d "Backup done" "${context.addresses.get('ntfy') ?? ''}"`,
      },
    ],
  },
  {
    id: 'arr',
    name: 'Sonarr, Radarr, Prowlarr …',
    needs: 'ntfy',
    settings: (context) => [
      { label: 'type', name: 'Connection', text: 'ntfy.sh' },
      ...ntfySettings(context, { server: 'Server Url', topic: 'Topics', key: 'Access Token' }),
    ],
  },
  {
    id: 'kuma-ntfy',
    name: 'Uptime Kuma (ntfy)',
    needs: 'ntfy',
    settings: (context) => [
      { label: 'type', name: 'Notification Type', text: 'Ntfy' },
      ...ntfySettings(context, { server: 'Server URL', topic: 'ntfy Topic', key: 'Access Token' }),
    ],
  },
  {
    id: 'bark',
    name: 'Bark',
    needs: 'bark',
    settings: (context) => [
      { label: 'url', name: 'Server', text: context.server },
      { label: 'key', name: 'Device key', text: context.key },
      { label: 'command', text: `curl -fsS "${context.addresses.get('bark') ?? ''}/Backup/Done+in+4+min"` },
    ],
  },
  {
    id: 'kuma-bark',
    name: 'Uptime Kuma (Bark)',
    needs: 'bark',
    settings: ({ addresses }) => [
      { label: 'type', name: 'Notification Type', text: 'Bark' },
      { label: 'url', name: 'Bark Endpoint', text: addresses.get('bark') ?? '' },
    ],
  },
  {
    id: 'gotify',
    name: 'Gotify',
    needs: 'gotify',
    settings: (context) => [
      { label: 'url', name: 'Server URL', text: context.server },
      { label: 'key', name: 'Application token', text: context.key },
      {
        label: 'command',
        text: `curl -fsS "${context.addresses.get('gotify') ?? ''}" -F "title=Backup" -F "message=Done in 4 min"`,
      },
    ],
  },
  {
    id: 'kuma-gotify',
    name: 'Uptime Kuma (Gotify)',
    needs: 'gotify',
    settings: ({ server, key }) => [
      { label: 'type', name: 'Notification Type', text: 'Gotify' },
      { label: 'key', name: 'Application Token', text: key },
      { label: 'url', name: 'Server URL', text: server },
    ],
  },
  {
    id: 'proxmox',
    name: 'Proxmox VE, Proxmox Backup Server',
    needs: 'gotify',
    settings: ({ server, key }) => [
      { label: 'type', name: 'Datacenter → Notifications → Add', text: 'Gotify' },
      { label: 'url', name: 'Server URL', text: server },
      { label: 'key', name: 'API Token', text: key },
    ],
  },
  {
    id: 'shoutrrr',
    name: 'Watchtower, shoutrrr',
    needs: 'gotify',
    settings: ({ server, key }) => [
      {
        label: 'url',
        name: 'WATCHTOWER_NOTIFICATION_URL',
        // Without a priority, shoutrrr sends 0, which makes no sound.
        text: `${server.replace(/^https?/, 'gotify')}/${key}?priority=5${server.startsWith('https:') ? '' : '&disabletls=yes'}`,
      },
    ],
  },
  {
    id: 'pushdeer',
    name: 'PushDeer',
    needs: 'pushdeer',
    settings: ({ server, key, addresses }) => [
      { label: 'url', name: 'Server', text: server },
      { label: 'key', name: 'Pushkey', text: key },
      { label: 'command', text: `curl -fsS "${addresses.get('pushdeer') ?? ''}&text=Backup&desp=Done+in+4+min"` },
    ],
  },
  {
    id: 'pushover',
    name: 'Pushover',
    needs: 'pushover',
    settings: ({ key, addresses }) => [
      { label: 'url', text: addresses.get('pushover') ?? '' },
      // Many programs ask for 30 characters.
      { label: 'key', name: 'Token', text: `${key}${key}` },
      {
        label: 'command',
        text: `curl -fsS -d "token=${key}&user=me&title=Backup&message=Done+in+4+min" "${addresses.get('pushover') ?? ''}"`,
      },
    ],
  },
  {
    id: 'serverchan',
    name: 'Server酱 (ServerChan)',
    needs: 'serverchan',
    settings: ({ server, key, addresses }) => [
      { label: 'url', text: server },
      { label: 'key', name: 'SendKey', text: key },
      {
        label: 'command',
        text: `curl -fsS -d "title=Backup&desp=Done+in+4+min" "${addresses.get('serverchan') ?? ''}"`,
      },
    ],
  },
  {
    id: 'apprise',
    name: 'Apprise, Apprise API',
    needs: 'apprise',
    settings: ({ server, key, addresses }) => [
      { label: 'url', name: 'apprise', text: `${server.replace(/^http/, 'apprise')}/${key}` },
      { label: 'command', text: `curl -fsS -d "title=Backup&body=Done+in+4+min" "${addresses.get('apprise') ?? ''}"` },
    ],
  },
  {
    id: 'arr-apprise',
    name: 'Sonarr, Radarr, Prowlarr … (Apprise)',
    needs: 'apprise',
    settings: ({ server, key }) => [
      { label: 'type', name: 'Connection', text: 'Apprise' },
      { label: 'url', name: 'Apprise Server URL', text: server },
      { label: 'key', name: 'Apprise Configuration Key', text: key },
    ],
  },
  {
    id: 'pushme',
    name: 'PushMe',
    needs: 'pushme',
    settings: ({ server, key, addresses }) => [
      { label: 'url', name: 'PUSHME_URL', text: `${server}/` },
      { label: 'key', name: 'PUSHME_KEY', text: key },
      {
        label: 'command',
        text: `curl -fsS -d "title=Backup&content=Done+in+4+min" "${addresses.get('pushme') ?? ''}"`,
      },
    ],
  },
  {
    id: 'pushplus',
    name: 'PushPlus',
    needs: 'pushplus',
    settings: ({ server, key, addresses }) => [
      { label: 'url', text: server },
      { label: 'key', name: 'token', text: key },
      {
        label: 'command',
        text: `curl -fsS -d "title=Backup&content=Done+in+4+min" "${addresses.get('pushplus') ?? ''}"`,
      },
    ],
  },
  {
    id: 'slack',
    name: 'Slack, Mattermost (Uptime Kuma, Grafana, Gitea …)',
    needs: 'slack',
    settings: ({ addresses }) => [{ label: 'url', name: 'Webhook URL', text: addresses.get('slack') ?? '' }],
  },
  {
    id: 'discord',
    name: 'Discord (Uptime Kuma, Alertmanager, Radarr …)',
    needs: 'discord',
    settings: ({ addresses }) => [{ label: 'url', name: 'Webhook URL', text: addresses.get('discord') ?? '' }],
  },
  {
    id: 'kuma',
    name: 'Uptime Kuma (webhook)',
    needs: 'hook',
    settings: (context) => [
      { label: 'type', name: 'Notification Type', text: 'Webhook' },
      { label: 'url', name: 'Post URL', text: hookOf(context) },
      { label: 'body', name: 'Request Body', text: 'Preset - application/json' },
    ],
  },
  {
    id: 'grafana',
    name: 'Grafana',
    needs: 'hook',
    settings: (context) => [
      { label: 'type', name: 'Integration', text: 'Webhook' },
      { label: 'url', name: 'URL', text: hookOf(context) },
    ],
  },
  {
    id: 'alertmanager',
    name: 'Alertmanager',
    needs: 'hook',
    settings: (context) => [
      {
        label: 'file',
        name: 'alertmanager.yml',
        text: `receivers:
  - name: herald
    webhook_configs:
      - url: "${hookOf(context)}"`,
      },
    ],
  },
  {
    id: 'github-webhook',
    name: 'GitHub (webhook)',
    needs: 'hook',
    settings: (context) => [
      { label: 'url', name: 'Payload URL', text: hookOf(context) },
      { label: 'type', name: 'Content type', text: 'application/json' },
    ],
  },
  {
    id: 'gitea',
    name: 'Gitea, Forgejo',
    needs: 'hook',
    settings: (context) => [
      { label: 'url', name: 'Target URL', text: hookOf(context) },
      { label: 'method', name: 'HTTP Method', text: 'POST' },
      { label: 'type', name: 'POST Content Type', text: 'application/json' },
    ],
  },
  {
    id: 'gitlab',
    name: 'GitLab',
    needs: 'hook',
    settings: (context) => [{ label: 'url', name: 'URL', text: hookOf(context) }],
  },
  {
    id: 'healthchecks',
    name: 'Healthchecks',
    needs: 'hook',
    settings: (context) => [
      { label: 'method', text: 'POST' },
      { label: 'url', name: 'URL', text: hookOf(context) },
      { label: 'header', text: 'Content-Type: application/json' },
      { label: 'body', text: '{"check":$JSON,"status":"$STATUS","exit":"$EXITSTATUS"}' },
    ],
  },
  {
    id: 'arr-webhook',
    name: 'Sonarr, Radarr, Prowlarr … (webhook)',
    needs: 'hook',
    settings: (context) => [
      { label: 'type', name: 'Connection', text: 'Webhook' },
      { label: 'url', name: 'Webhook URL', text: hookOf(context) },
      { label: 'method', name: 'Method', text: 'POST' },
    ],
  },
  {
    id: 'proxmox-webhook',
    name: 'Proxmox (webhook)',
    needs: 'hook',
    settings: (context) => [
      { label: 'method', name: 'Method', text: 'POST' },
      { label: 'url', name: 'URL', text: hookOf(context) },
      { label: 'header', text: 'Content-Type: application/json' },
      {
        label: 'body',
        text: '{"as":"proxmox","title":"{{ escape title }}","message":"{{ escape message }}","severity":"{{ severity }}","timestamp":{{ timestamp }},"fields":{{ json fields }}}',
      },
    ],
  },
  {
    id: 'sentry',
    name: 'Sentry',
    needs: 'hook',
    settings: (context) => [{ label: 'url', name: 'Webhook URL', text: hookOf(context) }],
  },
  {
    id: 'home-assistant',
    name: 'Home Assistant',
    needs: 'hook',
    settings: (context) => [
      {
        label: 'file',
        name: 'configuration.yaml',
        text: `notify:
  - name: herald
    platform: rest
    resource: "${hookOf(context)}"
    method: POST_JSON
    title_param_name: title`,
      },
      {
        label: 'step',
        text: `action: notify.herald
data:
  title: Door
  message: The front door is open`,
      },
    ],
  },
  {
    id: 'python',
    name: 'Python',
    needs: 'webhook',
    settings: (context) => [
      {
        label: 'file',
        name: 'notify.py',
        text: `import json, urllib.request

body = json.dumps({"text": "Backup", "desp": "Done in 4 min"}).encode()
headers = {"Authorization": "${bearer(context)}", "Content-Type": "application/json"}
urllib.request.urlopen(urllib.request.Request("${urlOf(context)}", body, headers))`,
      },
    ],
  },
  {
    id: 'powershell',
    name: 'PowerShell',
    needs: 'webhook',
    settings: (context) => [
      {
        label: 'command',
        text: `Invoke-RestMethod -Method Post -Uri "${urlOf(context)}" -Headers @{ Authorization = "${bearer(context)}" } -ContentType "application/json" -Body (@{ text = "Backup"; desp = "Done in 4 min" } | ConvertTo-Json)`,
      },
    ],
  },
  {
    id: 'json',
    needs: 'webhook',
    settings: (context) => [
      { label: 'method', text: 'POST' },
      { label: 'url', text: urlOf(context) },
      { label: 'header', text: `Authorization: ${bearer(context)}` },
      { label: 'header', text: 'Content-Type: application/json' },
      { label: 'body', text: '{"text": "Title", "desp": "Text, with **Markdown**", "priority": 4}' },
    ],
  },
  {
    id: 'address',
    needs: 'webhook',
    settings: ({ addresses }) => [{ label: 'url', text: `${addresses.get('webhook') ?? ''}&text=Hello` }],
  },
];
