import { expect } from 'chai';
import { findWords } from '../../../server/dialects/mpush/words.ts';

describe('findWords', () => {
  const ALERTMANAGER = {
    version: '4',
    groupKey: '{}:{alertname="DiskFull"}',
    status: 'firing',
    receiver: 'herald',
    groupLabels: { alertname: 'DiskFull' },
    commonLabels: { alertname: 'DiskFull', severity: 'critical' },
    commonAnnotations: { summary: 'Disk of db-1 is full', description: '/ has 1 % left' },
    externalURL: 'http://alertmanager:9093',
    alerts: [{ status: 'firing', labels: { alertname: 'DiskFull' }, annotations: { summary: 'another' } }],
  };
  const cases: readonly (readonly [what: string, payload: Record<string, unknown>, text: string, desp: string])[] = [
    ["Alertmanager's", ALERTMANAGER, 'firing: Disk of db-1 is full', '/ has 1 % left'],
    ['a list of alerts', { alerts: [{ labels: { alertname: 'A' } }, { labels: { alertname: 'B' } }] }, 'A', ''],
    ['names in other forms', { data: { rule_name: 'High load', State: 'ok' } }, 'ok: High load', ''],
    ['a state that the title has', { status: 'resolved', event: { headline: '[RESOLVED] x' } }, '[RESOLVED] x', ''],
    ['a state only', { status: 'down' }, 'down', ''],
    ['a state that is a sentence', { state: 'x'.repeat(31), name: 'a' }, 'a', ''],
    ['a text only', { output: { reason: 'no space left' } }, 'no space left', ''],
    ['a field that is unknown', { foo: { bar: 'something' }, n: 1 }, 'something', ''],
    ['a nearer field first', { a: { title: 'deep' }, title: 'near' }, 'near', ''],
    ['no options of ours', { priority: 'high', key: 'k', name: 'x' }, 'x', ''],
    ['a long text', { summary: 'x'.repeat(201) }, 'x'.repeat(200), 'x'.repeat(201)],
  ];
  for (const [what, payload, text, desp] of cases) {
    it(`finds the words of ${what}`, () => {
      expect(findWords(payload)).to.deep.equal({ text, desp });
    });
  }

  it('finds none where there is no text', () => {
    for (const payload of [{}, { a: 1, b: [true, null] }, { a: ' ' }, { tags: 'x', extra: { text: 'y' } }]) {
      expect(findWords(payload), JSON.stringify(payload)).to.equal(undefined);
    }
  });

  it('takes no time for a payload of many fields', () => {
    const payload = Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`k${n}`, [n, String(n)]]));
    expect(findWords(payload)).to.deep.equal({ text: '0', desp: '' });
  });
});
