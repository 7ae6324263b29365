import { expect } from 'chai';
import { read, told } from './helpers.ts';

const PROJECT = { name: 'site', web_url: 'https://gl.example/acme/site', path_with_namespace: 'acme/site' };
const PIPELINE = {
  object_kind: 'pipeline',
  object_attributes: {
    id: 31,
    ref: 'main',
    status: 'failed',
    url: 'https://gl.example/acme/site/-/pipelines/31',
  },
  user: { name: 'Ada' },
  project: PROJECT,
  commit: { title: 'fix: tide table', message: 'fix: tide table\n' },
  builds: [
    { stage: 'test', name: 'unit', status: 'failed' },
    { stage: 'build', name: 'page', status: 'success' },
  ],
};

const kind = (object_kind: string, body: object) => ({ object_kind, project: PROJECT, user: { name: 'Ada' }, ...body });

describe('gitlab', () => {
  it('tells a pipeline that failed, and that the next one of the branch succeeded', () => {
    const { title, body, priority, state, tags, key, click } = told(PIPELINE);
    expect([title, body, priority, state, tags, key, click]).to.deep.equal([
      'acme/site: pipeline failed',
      'main · fix: tide table · Ada\n\n- test: unit',
      4,
      'firing',
      ['warning'],
      'ops/gitlab/acme/site/main',
      'https://gl.example/acme/site/-/pipelines/31',
    ]);
    const good = told({
      ...PIPELINE,
      object_attributes: { ...PIPELINE.object_attributes, status: 'success', url: null },
    });
    expect([good.title, good.state, good.key, good.click]).to.deep.equal([
      'acme/site: pipeline succeeded',
      'resolved',
      key,
      click,
    ]);
    expect(read({ ...PIPELINE, object_attributes: { status: 'running' } })).to.deep.equal({
      as: 'gitlab',
      ignored: 'pipeline running',
    });
  });

  it('tells jobs, deployments, pushes, releases, issues, merge requests and comments', () => {
    const attributes = { iid: 4, title: 'Tide', action: 'open', description: 'It rises', url: 'https://gl.example/4' };
    const titles = [
      kind('build', { build_status: 'failed', build_name: 'unit', build_id: 5 }),
      kind('deployment', { status: 'success', environment: 'live' }),
      kind('push', { ref: 'refs/heads/main', after: '1'.repeat(40), total_commits_count: 3, commits: [] }),
      kind('tag_push', { ref: 'refs/tags/v1', after: '1'.repeat(40) }),
      kind('push', { ref: 'refs/heads/old', after: '0'.repeat(40), user_name: 'Ada' }),
      kind('release', { action: 'create', name: 'v1', description: 'News' }),
      kind('merge_request', { object_attributes: attributes }),
      kind('issue', { object_attributes: { ...attributes, action: 'close' } }),
      kind('note', { object_attributes: { note: 'Yes' } }),
      kind('wiki_page', {}),
    ].map((body) => [told(body).title, told(body).body]);
    expect(titles).to.deep.equal([
      ['acme/site: unit failed', ''],
      ['acme/site: live deployed', 'Ada'],
      ['acme/site: 3 commits to main', ''],
      ['acme/site: tag v1', ''],
      ['acme/site: old deleted', 'by Ada'],
      ['acme/site: v1 released', 'News'],
      ['acme/site!4 opened: Tide', 'It rises'],
      ['acme/site#4 closed: Tide', ''],
      ['acme/site: Ada commented', 'Yes'],
      ['acme/site: wiki page', ''],
    ]);
    const ignored = [
      kind('build', { build_status: 'failed', build_allow_failure: true }),
      kind('issue', { object_attributes: { action: 'update' } }),
      kind('release', { action: 'update' }),
    ].map((body) => 'ignored' in read(body));
    expect(ignored).to.deep.equal([true, true, true]);
  });

  it('takes every kind without its members', () => {
    const kinds = ['pipeline', 'build', 'deployment', 'push', 'tag_push', 'release', 'issue', 'note', 'constructor'];
    for (const object_kind of kinds) {
      for (const value of [null, 1, 'x', [], {}]) {
        const body = {
          object_kind,
          project: value,
          object_attributes: value,
          commits: value,
          builds: value,
          user: value,
        };
        const reading = read(body, {}, 'gitlab');
        expect('ignored' in reading || reading.content.title !== '', object_kind).to.equal(true);
      }
    }
  });
});
