import { expect } from 'chai';
import { read, told } from './helpers.ts';

const REPOSITORY = {
  full_name: 'acme/site',
  html_url: 'https://git.example/acme/site',
  stargazers_count: 7,
  forks_count: 2,
};
const SENDER = { login: 'ada', html_url: 'https://git.example/ada' };

const github = (event: string, body: object) =>
  [{ repository: REPOSITORY, sender: SENDER, ...body }, { 'x-github-event': event }] as const;

function row(event: string, body: object) {
  const { title, body: text, priority, state, key, click } = told(...github(event, body));
  return [title, text, priority, state, key, click];
}

const run = (conclusion: string | null, more: object = {}) => ({
  action: 'completed',
  workflow_run: {
    name: 'CI',
    head_branch: 'main',
    conclusion,
    workflow_id: 42,
    run_number: 9,
    display_title: 'Fix *the* tide',
    actor: { login: 'ada' },
    html_url: 'https://git.example/acme/site/actions/runs/1',
    ...more,
  },
});

describe('github', () => {
  it('tells runs by their result, with one identity for all runs of a workflow on a branch', () => {
    const link = 'https://git.example/acme/site/actions/runs/1';
    const key = 'ops/github/acme/site/42/main';
    const body = 'main · Fix \\*the\\* tide · #9 · ada';
    expect(row('workflow_run', run('failure'))).to.deep.equal(['acme/site: CI failed', body, 4, 'firing', key, link]);
    expect(row('workflow_run', run('success'))).to.deep.equal([
      'acme/site: CI succeeded',
      body,
      3,
      'resolved',
      key,
      link,
    ]);
    const titles = ['timed_out', 'startup_failure', 'action_required', 'cancelled', 'skipped', null].map((conclusion) =>
      row('workflow_run', run(conclusion))
        .slice(0, 1)
        .concat(row('workflow_run', run(conclusion)).slice(2, 4)),
    );
    expect(titles).to.deep.equal([
      ['acme/site: CI timed out', 4, 'firing'],
      ['acme/site: CI failed to start', 4, 'firing'],
      ['acme/site: CI needs approval', 4, undefined],
      ['acme/site: CI cancelled', 2, undefined],
      ['acme/site: CI skipped', 2, undefined],
      ['acme/site: CI ended', 2, undefined],
    ]);
    const unnamed = run('failure', { name: '', path: '.github/workflows/ci.yml@main' });
    expect(row('workflow_run', unnamed)[0]).to.equal('acme/site: ci.yml failed');
  });

  it('tells pushes', () => {
    const commits = [
      { message: 'Fix the tide\n\nLong', author: { name: 'Ada' } },
      { message: '[ci] x', author: {} },
    ];
    const whole = {
      ref: 'refs/heads/main',
      before: '1'.repeat(40),
      after: '2'.repeat(40),
      compare: 'https://git.example/c',
      commits,
    };
    const none = '0'.repeat(40);
    expect(row('push', whole)).to.deep.equal([
      ...['acme/site: 2 commits to main', '- Fix the tide (Ada)\n- \\[ci\\] x'],
      ...[undefined, undefined, undefined, 'https://git.example/c'],
    ]);
    const titles = [
      { ...whole, commits: commits.slice(1) },
      { ...whole, forced: true },
      { ...whole, created: true, commits: [] },
      { ...whole, ref: 'refs/tags/v1', created: true, commits: [] },
      { ...whole, deleted: true, after: none, pusher: { name: 'ada' } },
    ].map((body) => row('push', body)[0]);
    expect(titles).to.deep.equal([
      'acme/site: 1 commit to main',
      'acme/site: force-push to main',
      'acme/site: branch main created',
      'acme/site: tag v1',
      'acme/site: main deleted',
    ]);
  });

  it('tells releases, issues, pull requests, comments and reviews', () => {
    const link = 'https://git.example/acme/site/pull/5';
    const item = { number: 5, title: 'Tide', body: 'It **rises**', html_url: link };
    const user = { login: 'grace' };
    expect(
      row('release', { action: 'published', release: { tag_name: 'v1', body: '# News' } }).slice(0, 3),
    ).to.deep.equal(['acme/site: v1 released', '# News', 3]);
    expect(row('issues', { action: 'opened', issue: item })).to.deep.equal([
      ...['acme/site#5 opened: Tide', 'It **rises**', undefined, undefined, 'ops/github/acme/site/5', link],
    ]);
    const titles = [
      row('pull_request', { action: 'closed', pull_request: { ...item, merged: true } }),
      row('pull_request', { action: 'ready_for_review', pull_request: item }),
      row('issue_comment', { action: 'created', issue: item, comment: { body: 'Yes', user } }),
      row('pull_request_review', {
        action: 'submitted',
        pull_request: item,
        review: { state: 'changes_requested', user },
      }),
    ].map(([title, body]) => [title, body]);
    expect(titles).to.deep.equal([
      ['acme/site#5 merged: Tide', ''],
      ['acme/site#5 ready for review: Tide', ''],
      ['acme/site#5: grace commented', 'Yes'],
      ['acme/site#5: grace requested changes', ''],
    ]);
  });

  it('tells deployments, checks, statuses, alerts, stars and what it does not know', () => {
    const alert = {
      number: 3,
      html_url: 'https://git.example/a/3',
      security_advisory: { summary: 'Bad tide', severity: 'critical' },
    };
    const rows = [
      row('deployment_status', {
        deployment_status: { state: 'failure', environment: 'live' },
        deployment: { ref: 'main' },
      }),
      row('check_suite', {
        action: 'completed',
        check_suite: { app: { name: 'Lint' }, head_branch: 'main', head_sha: 'abc', conclusion: 'success' },
      }),
      row('status', {
        state: 'error',
        context: 'ci/x',
        branches: [{ name: 'main' }],
        target_url: 'https://ci.example/1',
      }),
      row('dependabot_alert', { action: 'created', alert }),
      row('dependabot_alert', { action: 'fixed', alert }),
      row('star', { action: 'created' }),
      row('ping', { zen: 'Keep it simple.' }),
      row('team_add', { action: 'x', team: { html_url: 'https://git.example/t' } }),
    ];
    expect(rows).to.deep.equal([
      ['acme/site: deployment to live failed', 'main', 4, 'firing', 'ops/github/acme/site/live', undefined],
      [
        ...['acme/site: Lint succeeded', 'main', 3, 'resolved', 'ops/github/acme/site/Lint/main'],
        'https://git.example/acme/site/commit/abc/checks',
      ],
      ['acme/site: ci/x error', '', 4, 'firing', 'ops/github/acme/site/ci/x/main', 'https://ci.example/1'],
      [
        'acme/site: Bad tide',
        'critical',
        5,
        'firing',
        'ops/github/acme/site/dependabot_alert/3',
        'https://git.example/a/3',
      ],
      [
        ...['Resolved: acme/site: Bad tide', 'critical', 3, 'resolved', 'ops/github/acme/site/dependabot_alert/3'],
        'https://git.example/a/3',
      ],
      ['acme/site: ada starred', '7 stars', 2, undefined, undefined, 'https://git.example/ada'],
      ['acme/site: webhook works', 'Keep it simple.', 2, undefined, undefined, 'https://git.example/acme/site'],
      ['acme/site: team add x', 'by ada', undefined, undefined, undefined, 'https://git.example/t'],
    ]);
  });

  it('says what it does not tell', () => {
    const ignored = [
      ['workflow_run', { action: 'requested' }],
      ['check_run', { action: 'completed' }],
      ['release', { action: 'created' }],
      ['issues', { action: 'labeled' }],
      ['deployment_status', { deployment_status: { state: 'pending' } }],
      ['star', { action: 'deleted' }],
    ].map(([event, body]) => read(...github(event as string, body as object)));
    expect(ignored.map((reading) => 'ignored' in reading && reading.ignored)).to.deep.equal([
      'workflow_run requested',
      'check_run completed',
      'release created',
      'issues labeled',
      'deployment_status',
      'star deleted',
    ]);
  });

  it('takes every event without its members', () => {
    const events = [
      'push',
      'release',
      'workflow_run',
      'check_suite',
      'deployment_status',
      'status',
      'issues',
      'pull_request',
    ];
    const others = ['issue_comment', 'pull_request_review', 'dependabot_alert', 'star', 'ping', 'constructor', ''];
    const actions = ['completed', 'created', 'published', 'opened', 'submitted', 'fixed', null, 7];
    for (const event of [...events, ...others]) {
      for (const action of actions) {
        const bodies = [{ action }, { action, workflow_run: 'x', check_suite: [], issue: null, alert: 1, release: {} }];
        for (const body of bodies) {
          const reading = read(body, { 'x-github-event': event }, 'github');
          expect('ignored' in reading || reading.content.title !== '', event).to.equal(true);
        }
      }
    }
  });
});
