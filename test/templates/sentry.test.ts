import { expect } from 'chai';
import { read, told } from './helpers.ts';

const hook = (resource: string, action: string, data: object) =>
  [{ action, data, installation: { uuid: 'x' } }, { 'sentry-hook-resource': resource }] as const;

describe('sentry', () => {
  it('tells alerts and issues, and their end', () => {
    const event = {
      title: 'Error: no tide',
      level: 'fatal',
      culprit: 'tide.rise',
      issue_id: '77',
      web_url: 'https://s.example/77',
    };
    const metric = {
      description_title: 'Critical: Slow',
      metric_alert: { id: 5 },
      description_text: '> 2 s',
      web_url: 'https://s.example/5',
    };
    const issue = {
      id: '77',
      title: 'Error: no tide',
      level: 'error',
      project: { name: 'site' },
      web_url: 'https://s.example/77',
    };
    const rows = [
      hook('event_alert', 'triggered', { event, triggered_rule: 'All' }),
      hook('metric_alert', 'critical', metric),
      hook('metric_alert', 'resolved', { ...metric, description_title: 'Resolved: Slow' }),
      hook('issue', 'created', { issue }),
      hook('issue', 'resolved', { issue }),
      hook('comment', 'created', { project_slug: 'site', comment: 'Seen' }),
    ].map((payload) => {
      const { title, body, priority, state, key } = told(...payload);
      return [title, body, priority, state, key];
    });
    expect(rows).to.deep.equal([
      ['Error: no tide', 'tide.rise\nfatal · All', 5, 'firing', 'ops/sentry/77'],
      ['Slow', '> 2 s'.replace('>', '\\>'), 5, 'firing', 'ops/sentry/5'],
      ['Resolved: Slow', '\\> 2 s', 3, 'resolved', 'ops/sentry/5'],
      ['Error: no tide', 'site · error', 4, 'firing', 'ops/sentry/77'],
      ['Resolved: Error: no tide', 'site · error', 3, 'resolved', 'ops/sentry/77'],
      ['site: comment', 'Seen', undefined, undefined, undefined],
    ]);
    expect(read(...hook('issue', 'assigned', { issue }))).to.deep.equal({ as: 'sentry', ignored: 'issue assigned' });
    expect(read(...hook('installation', 'created', {}))).to.deep.equal({
      as: 'sentry',
      ignored: 'installation created',
    });
  });

  it('tells what its old plugin sends, and takes what has no members', () => {
    const old = {
      id: '9',
      project_name: 'site',
      level: 'warning',
      message: 'no tide',
      culprit: 'rise',
      url: 'https://s.example/9',
      event: {},
    };
    const { title, priority, state, click, key } = told(old);
    expect([title, priority, state, click, key]).to.deep.equal([
      'no tide',
      4,
      'firing',
      'https://s.example/9',
      'ops/sentry/9',
    ]);
    for (const resource of ['event_alert', 'metric_alert', 'issue', 'comment', 'error', '']) {
      for (const data of [null, 1, [], { event: 1, issue: null, metric_alert: [] }]) {
        const reading = read(...hook(resource, 'created', data as object));
        expect('ignored' in reading || reading.content.title !== '', resource).to.equal(true);
      }
    }
  });
});
