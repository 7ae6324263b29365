// One payload of each kind, or several where a kind has several forms, as the programs send them.
import { ALERTMANAGER, HEALTH, HEALTHCHECKS, KUMA, RADARR, SONARR } from './payloads.ts';

/** A payload with the headers that say what it is. */
export interface Sample {
  readonly as: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: Record<string, unknown>;
}

const REPOSITORY = { full_name: 'acme/site', html_url: 'https://git.example/acme/site' };
const SENDER = { login: 'ada', username: 'ada', html_url: 'https://git.example/ada' };
const COMMIT = {
  id: 'bcbb5ec3',
  message: 'fix: tide table\n\nmore',
  url: 'https://git.example/c/1',
  author: { name: 'Ada' },
};
const LINK = 'https://git.example/acme/site/1';

const github = (event: string, body: object): Sample => ({
  as: 'github',
  headers: { 'x-github-event': event },
  body: { repository: REPOSITORY, sender: SENDER, ...body },
});
const gitea = (event: string, body: object): Sample => ({
  as: 'gitea',
  headers: { 'x-gitea-event': event },
  body: { repository: REPOSITORY, sender: SENDER, ...body },
});
const gitlab = (body: object): Sample => ({
  as: 'gitlab',
  headers: { 'x-gitlab-event': 'Hook' },
  body: {
    project: { path_with_namespace: 'acme/site', web_url: 'https://gl.example/acme/site' },
    user: { name: 'Ada', username: 'ada' },
    ...body,
  },
});
const sentry = (resource: string, action: string, data: object): Sample => ({
  as: 'sentry',
  headers: { 'sentry-hook-resource': resource },
  body: { action, data, actor: { name: 'Ada' } },
});

const PUSH = {
  ref: 'refs/heads/main',
  before: '1',
  after: '2',
  compare: LINK,
  compare_url: LINK,
  commits: [COMMIT],
  head_commit: COMMIT,
  pusher: { name: 'Ada', login: 'ada' },
  total_commits: 3,
};
const RUN = {
  name: 'CI',
  path: '.github/workflows/ci.yml',
  workflow_id: 7,
  head_branch: 'main',
  conclusion: 'failure',
  display_title: 'fix: tide table',
  run_number: 4,
  html_url: LINK,
  actor: SENDER,
  head_commit: COMMIT,
};
const ISSUE = { number: 3, title: 'Leak', body: 'The **boat** leaks', html_url: LINK };

export const SAMPLES: readonly Sample[] = [
  { as: 'alertmanager', body: ALERTMANAGER },
  {
    as: 'grafana',
    body: {
      ...ALERTMANAGER,
      orgId: 1,
      title: '[FIRING:1] DiskFull',
      state: 'alerting',
      message: 'Own words',
      alerts: ALERTMANAGER.alerts.map((alert) => ({
        ...alert,
        values: { A: 95.2 },
        silenceURL: LINK,
        panelURL: LINK,
        dashboardURL: LINK,
        imageURL: LINK,
        annotations: { ...alert.annotations, runbook_url: LINK, dashboard_url: LINK },
      })),
    },
  },
  {
    as: 'grafana',
    body: {
      title: '[Alerting] Disk full',
      ruleId: 7,
      ruleName: 'Disk full',
      state: 'alerting',
      message: 'full',
      ruleUrl: LINK,
      imageUrl: LINK,
      evalMatches: [{ value: 95, metric: 'nas', tags: {} }],
    },
  },
  { as: 'uptime-kuma', body: KUMA },
  { as: 'healthchecks', body: HEALTHCHECKS },
  { as: 'arr', body: RADARR },
  { as: 'arr', body: SONARR },
  { as: 'arr', body: HEALTH },
  {
    as: 'proxmox',
    body: {
      title: 'vzdump backup status',
      message: 'VMID NAME\n100 web',
      severity: 'error',
      timestamp: 1,
      fields: { type: 'vzdump', hostname: 'pve', 'job-id': 'nightly' },
    },
  },
  github('ping', { zen: 'Keep it logically awesome.' }),
  github('push', PUSH),
  github('release', {
    action: 'published',
    release: { name: 'v1', tag_name: 'v1', body: '**New**', html_url: LINK, prerelease: false },
  }),
  github('workflow_run', { action: 'completed', workflow_run: RUN, workflow: { name: 'CI' } }),
  github('check_suite', {
    action: 'completed',
    check_suite: {
      app: { name: 'checks' },
      head_branch: 'main',
      head_sha: '1',
      conclusion: 'success',
      head_commit: COMMIT,
    },
  }),
  github('deployment_status', {
    deployment: { ref: 'main', environment: 'live' },
    deployment_status: { state: 'failure', environment: 'live', description: 'x', creator: SENDER, log_url: LINK },
  }),
  github('status', {
    state: 'failure',
    context: 'ci',
    description: 'x',
    target_url: LINK,
    branches: [{ name: 'main' }],
    commit: { commit: COMMIT },
  }),
  github('issues', { action: 'opened', issue: ISSUE }),
  github('pull_request', { action: 'closed', pull_request: { ...ISSUE, merged: true } }),
  github('issue_comment', { action: 'created', issue: ISSUE, comment: { body: 'yes', html_url: LINK } }),
  github('pull_request_review', {
    action: 'submitted',
    pull_request: ISSUE,
    review: { state: 'approved', body: 'fine', html_url: LINK },
  }),
  github('dependabot_alert', {
    action: 'created',
    alert: {
      number: 1,
      html_url: LINK,
      security_advisory: { summary: 'Bad', severity: 'high' },
      dependency: { package: { name: 'left-pad' } },
    },
  }),
  github('star', { action: 'created' }),
  github('discussion', { action: 'created', discussion: { html_url: LINK } }),
  gitea('push', PUSH),
  gitea('release', { action: 'published', release: { name: 'v1', body: 'New', html_url: LINK } }),
  gitea('action_run_failure', {
    action: 'failure',
    run: { title: 'x', html_url: LINK, workflow_id: 'ci.yml', index_in_repo: 3, prettyref: 'main' },
  }),
  gitlab({
    object_kind: 'pipeline',
    object_attributes: { id: 31, ref: 'main', status: 'failed', url: LINK },
    commit: { title: 'fix: tide table', message: 'fix: tide table' },
    builds: [{ stage: 'test', name: 'unit', status: 'failed' }],
  }),
  gitlab({ object_kind: 'build', build_name: 'unit', build_status: 'failed', build_id: 3, build_allow_failure: false }),
  gitlab({ object_kind: 'deployment', status: 'success', environment: 'live', deployable_url: LINK }),
  gitlab({ ...PUSH, object_kind: 'push', user_name: 'Ada', total_commits_count: 1 }),
  gitlab({ object_kind: 'release', action: 'create', name: 'v1', description: '**New**', url: LINK }),
  gitlab({ object_kind: 'merge_request', object_attributes: { iid: 3, action: 'open', title: 'x', url: LINK } }),
  gitlab({ object_kind: 'note', object_attributes: { note: 'yes', url: LINK } }),
  sentry('event_alert', 'triggered', {
    event: { title: 'TypeError', culprit: 'a.js', level: 'error', issue_id: '1', web_url: LINK },
    triggered_rule: 'rule',
  }),
  sentry('metric_alert', 'critical', {
    description_title: 'Critical: slow',
    description_text: 'p95',
    web_url: LINK,
    metric_alert: { id: 1 },
  }),
  sentry('issue', 'created', {
    issue: { id: 1, title: 'TypeError', culprit: 'a.js', level: 'error', web_url: LINK, project: { slug: 'web' } },
  }),
  sentry('comment', 'created', { comment: 'x', project_slug: 'web' }),
  {
    as: 'cloudevents',
    body: {
      specversion: '1.0',
      type: 'com.example.backup.failed',
      source: '/nas',
      id: '1',
      subject: 'photos',
      data: { title: 'Backup', reason: 'full' },
    },
  },
  {
    as: 'slack',
    body: {
      text: 'hello <https://a.example|there>',
      username: 'kuma',
      icon_url: LINK,
      attachments: [
        {
          color: '#e01e5a',
          title: 'nas',
          title_link: LINK,
          text: 'down',
          fields: [{ title: 'a', value: 'b' }],
          image_url: LINK,
          blocks: [{ type: 'section', text: { type: 'mrkdwn', text: '*bold*' } }],
        },
      ],
    },
  },
  {
    as: 'discord',
    body: {
      content: 'hello',
      username: 'bot',
      avatar_url: LINK,
      embeds: [
        { title: 'nas', url: LINK, description: 'down', color: 15_158_332, fields: [{ name: 'a', value: 'b' }] },
      ],
    },
  },
  {
    as: 'json',
    body: {
      title: 'Door',
      message: 'open',
      url: LINK,
      icon: LINK,
      image: LINK,
      priority: 4,
      key: 'door',
      state: 'open',
      tags: ['a'],
    },
  },
  { as: 'json', body: { host: 'nas', disks: [{ sda: 95 }, { sdb: 12 }], apiToken: 'hush' } },
];
