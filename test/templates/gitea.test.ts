import { expect } from 'chai';
import { read, told } from './helpers.ts';

const repository = { full_name: 'acme/site', html_url: 'https://git.example/acme/site' };
const NONE = '0'.repeat(40);

describe('gitea', () => {
  const gitea = (event: string, body: object) =>
    [
      { repository, ...body },
      { 'x-gitea-event': event, 'x-github-event': event },
    ] as const;

  it('is recognised before GitHub, whose header it sends too', () => {
    expect(read(...gitea('push', {})).as).to.equal('gitea');
    expect(read({ repository }, { 'x-forgejo-event': 'push' }).as).to.equal('gitea');
    expect(read({ repository }, { 'x-github-event': 'push' }).as).to.equal('github');
  });

  it('counts all commits of a push, and knows new and deleted branches by their commits', () => {
    const push = {
      ref: 'refs/heads/main',
      before: '1'.repeat(40),
      after: '2'.repeat(40),
      total_commits: 20,
      commits: [{}],
    };
    const titles = [
      push,
      { ...push, before: NONE, total_commits: 0, commits: [] },
      { ...push, after: NONE, pusher: { login: 'ada' } },
    ].map((body) => told(...gitea('push', body)));
    expect(titles.map(({ title, body }) => [title, body])).to.deep.equal([
      ['acme/site: 20 commits to main', '- '.trim()],
      ['acme/site: branch main created', ''],
      ['acme/site: main deleted', 'by ada'],
    ]);
  });

  it('tells new tags, and what a push tells only once', () => {
    expect(told(...gitea('create', { ref: 'v1', ref_type: 'tag' })).title).to.equal('acme/site: tag v1');
    expect(read(...gitea('create', { ref: 'x', ref_type: 'branch' }))).to.deep.equal({
      as: 'gitea',
      ignored: 'create branch',
    });
    expect(read(...gitea('release', { action: 'updated' }))).to.deep.equal({ as: 'gitea', ignored: 'release updated' });
  });

  it("tells Forgejo's runs", () => {
    const run = {
      title: 'Fix',
      workflow_id: 'ci.yml',
      index_in_repo: 3,
      prettyref: 'main',
      html_url: 'https://git.example/r',
    };
    const [failed, good] = ['failure', 'recover'].map((action) =>
      told({ repository, run, action }, { 'x-forgejo-event': `action_run_${action}` }),
    );
    expect([failed?.title, failed?.body, failed?.state, failed?.priority]).to.deep.equal([
      ...['acme/site: ci.yml failed', 'main · Fix · #3', 'firing', 4],
    ]);
    expect([good?.title, good?.state, good?.key]).to.deep.equal([
      ...['acme/site: ci.yml succeeded', 'resolved', 'ops/gitea/acme/site/ci.yml/main'],
    ]);
    expect(failed?.key).to.equal(good?.key);
  });
});
