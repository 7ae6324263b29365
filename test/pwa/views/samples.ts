// Messages as people send them: alerts, builds, homes, long ones, other scripts. For tests and screenshots; never shipped.
import type { InboxMessage } from '../../../pwa/src/model/model.ts';

export const HOME = 'home';
export const WORK = 'work';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A message with what it needs; the rest is empty. */
export function message(part: Partial<InboxMessage> & Pick<InboxMessage, 'time'>): InboxMessage {
  return {
    accountId: HOME,
    mid: String(part.time),
    title: '',
    body: '',
    markdown: true,
    sender: '',
    group: undefined,
    priority: 3,
    tags: [],
    click: undefined,
    icon: undefined,
    image: undefined,
    file: undefined,
    encrypted: false,
    actions: [],
    ask: undefined,
    key: undefined,
    extra: {},
    read: true,
    pinned: false,
    ...part,
  };
}

const REPORT = `All **412** tests pass on \`main\`. Deployed to *production* in 48 s.

## What changed

- Retries back off with jitter, see [the notes](https://git.example.org/herald/notes)
- [x] Migrations ran
- [ ] Old workers drained

| Service | Before | After |
| --- | ---: | ---: |
| api | 182 ms | 121 ms |
| worker | 64 ms | 58 ms |

\`\`\`sh
herald send phone "rollback?" --extra priority=5
curl -fsS https://ci.example.org/api/builds/4711/rollback -X POST
\`\`\`

> The error budget of this month is at 97 %.

![Latency over the last day](https://graphs.example.org/latency.png)`;

/** Newest first. @param now ms since 1970 */
export function sampleMessages(now: number): readonly InboxMessage[] {
  const at = (ago: number, part: Partial<InboxMessage>) => message({ time: now - ago, ...part });
  const ci = { sender: 'ci', group: 'dev' };
  return [
    at(20_000, {
      title: 'Disk almost full on nas-01',
      body: '`/volume1` is at **96 %**. At this pace it is full in about 3 hours.',
      sender: 'nas-01',
      group: 'ops',
      priority: 5,
      tags: ['🚨', 'storage'],
      read: false,
      click: 'https://nas.example.org/storage',
      actions: [
        {
          kind: 'http',
          label: 'Delete old snapshots',
          url: 'https://nas.example.org/api/prune',
          method: 'POST',
          headers: {},
        },
        { kind: 'open', label: 'Dashboard', url: 'https://grafana.example.org/d/nas' },
        { kind: 'copy', label: 'Copy path', text: '/volume1' },
      ],
    }),
    at(4 * MINUTE, {
      title: 'herald #4711 is live',
      body: REPORT,
      ...ci,
      tags: ['🚀', 'production'],
      read: false,
      click: 'https://ci.example.org/builds/4711',
    }),
    at(26 * MINUTE, {
      title: 'Somebody is at the door',
      body: 'Front door, 14:05',
      sender: 'doorbell',
      group: 'family',
      tags: ['🔔'],
      priority: 4,
      read: false,
      image: 'https://cam.example.org/door.jpg',
    }),
    ...[70, 95, 130, 170].map((minutes, index) =>
      at(minutes * MINUTE, {
        title: 'Backup finished',
        body: `db-${4 - index}: 18.${index} GB in 6 min 1${index} s`,
        sender: 'backup',
        group: 'ops',
        tags: ['✅'],
        read: index > 0,
      }),
    ),
    at(5 * HOUR, {
      title: '下载完成',
      body: '《三体》第二季 已保存到 NAS，共 12 个文件，23.4 GB。',
      sender: '家庭服务器',
      group: 'family',
      tags: ['🎬'],
    }),
    at(7 * HOUR, {
      title: 'Shopping list',
      body: '- Milk\n- Bread\n- Coffee, the good one',
      sender: 'kitchen',
      pinned: true,
      tags: ['🛒'],
    }),
    at(DAY + 2 * HOUR, {
      title: 'تم الدفع بنجاح',
      body: 'تم استلام مبلغ ٢٥٠ درهم من أحمد. شكراً لك!',
      sender: 'bank',
      tags: ['💳'],
    }),
    at(DAY + 3 * HOUR, {
      title: 'Certificate of git.example.org expires in 14 days and nobody has renewed it so far, which is unusual',
      body: 'Run `certbot renew --cert-name git.example.org` before the weekend, please: the timer on the old machine was switched off when it moved.',
      sender: 'certificate-watcher-on-a-machine-with-a-very-long-name',
      group: 'operations-and-infrastructure',
      priority: 4,
      tags: ['tls', 'certificate', 'infrastructure'],
    }),
    at(DAY + 5 * HOUR, { title: '', body: 'No title, only a line of text from a script', sender: '' }),
    at(2 * DAY, {
      title: 'Nightly build failed',
      body: 'lint: 2 problems in `server/http/app.ts`',
      ...ci,
      tags: ['❌'],
      accountId: HOME,
    }),
    at(3 * DAY, {
      title: 'Washing machine is done',
      body: '',
      sender: 'home',
      group: 'family',
      tags: ['🧺'],
      priority: 2,
    }),
    at(12 * DAY, {
      title: 'Monthly costs',
      body: 'Servers 41.20 €, storage 12.80 €, domains 3.00 €',
      sender: 'accounts',
      tags: ['💶', 'report'],
      priority: 1,
    }),
    at(400 * DAY, {
      title: 'Welcome to Herald',
      body: 'One `curl` from any machine to every device you own.',
      sender: 'herald',
    }),
  ];
}

/** Many messages, for long lists. */
export function manyMessages(now: number, count: number): readonly InboxMessage[] {
  return Array.from({ length: count }, (_, index) =>
    message({
      time: now - index * 7 * MINUTE,
      title: `Message ${count - index}`,
      body: `Line ${index} of a long list`,
      sender: ['ci', 'nas-01', 'backup'][index % 3] ?? '',
      read: index > 2,
    }),
  );
}
