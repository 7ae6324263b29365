import { expect } from 'chai';
import { templateNamed } from '../../server/templates/index.ts';
import type { Payload } from '../../server/templates/template.ts';
import { read, told } from './helpers.ts';
import { ALERTMANAGER, HEALTH, HEALTHCHECKS, KUMA, RADARR, SONARR } from './payloads.ts';

const [FIRST] = ALERTMANAGER.alerts;
const RESOLVED = {
  ...ALERTMANAGER,
  status: 'resolved',
  alerts: ALERTMANAGER.alerts.map((alert) => ({ ...alert, status: 'resolved' })),
};

type Row = readonly [
  as: string,
  body: Payload['body'],
  title: string,
  priority: number | undefined,
  state: string | undefined,
  tags: string,
  key: string | undefined,
  click: string | undefined,
];

const KEY = 'ops/alertmanager/{}:{alertname="DiskFull"}';
const CHECK = 'b7a1c6f2-8f2e-4a53-9f0a-1f6f2c0e7d11';
const ROWS: readonly Row[] = [
  ['alertmanager', ALERTMANAGER, 'DiskFull (2)', 5, 'firing', 'rotating_light', KEY, 'http://am.example:9093'],
  [
    'alertmanager',
    RESOLVED,
    'Resolved: DiskFull (2)',
    3,
    'resolved',
    'white_check_mark',
    KEY,
    'http://am.example:9093',
  ],
  [
    ...(['alertmanager', { ...ALERTMANAGER, alerts: [FIRST] }, 'Disk of nas is 95 % full', 5, 'firing'] as const),
    ...(['rotating_light', KEY, 'http://prom.example/graph?g0.expr=disk'] as const),
  ],
  ['uptime-kuma', KUMA, 'nas is down', 4, 'firing', 'warning,prod', 'ops/uptime-kuma/12', 'https://nas.example/'],
  [
    ...(['uptime-kuma', { heartbeat: null, monitor: null, msg: 'nas Testing' }, 'Uptime Kuma'] as const),
    ...([undefined, undefined, '', undefined, undefined] as const),
  ],
  [
    ...(['healthchecks', HEALTHCHECKS, 'Nightly backup is down', 4, 'firing', 'warning,prod,db'] as const),
    ...([`ops/healthchecks/${CHECK}`, `https://hc.example/checks/${CHECK}/details/`] as const),
  ],
  [
    ...(['arr', RADARR, 'Downloaded: The Long Night (2024)', 3, undefined, 'family', undefined] as const),
    'https://radarr.example/movie/90001',
  ],
  ['arr', SONARR, 'Grabbed: Harbour Lights S02E04 – Low Tide', 2, undefined, '', undefined, undefined],
  [
    ...(['arr', HEALTH, 'Radarr: Indexers unavailable due to failures: Example', 4, 'firing', 'warning'] as const),
    ...(['ops/arr/Radarr/IndexerStatusCheck', 'https://wiki.example/#indexers'] as const),
  ],
  [
    ...(['json', { title: 'Door', message: 'open since 22:00', priority: 4, url: 'https://ha.example/' }] as const),
    ...(['Door', 4, undefined, '', undefined, 'https://ha.example/'] as const),
  ],
  ['text', 'disk full', 'disk full', undefined, undefined, '', undefined, undefined],
];

describe('readPayload', () => {
  for (const [as, body, title, priority, state, tags, key, click] of ROWS) {
    it(`tells ${title}`, () => {
      const content = told(body);
      const { extra } = content;
      expect([
        extra['source'],
        content.title,
        content.priority,
        content.state,
        content.tags.join(),
        content.key,
        content.click,
      ]).to.deep.equal([as, title, priority, state, tags, key, click]);
    });
  }

  it('takes the template that the sender names, whatever the payload looks like, and knows its other names', () => {
    expect(told({ name: 'Backup', status: 'down' }, {}, 'healthchecks').title).to.equal('Backup is down');
    expect(['Prometheus', 'kuma', 'SONARR', 'pve', 'generic', 'constructor', ''].map(templateNamed)).to.deep.equal([
      'alertmanager',
      'uptime-kuma',
      'arr',
      'proxmox',
      'json',
      undefined,
      undefined,
    ]);
  });

  it('tells what a template cannot read under the names that people use, and never fails', () => {
    const names = ['alertmanager', 'grafana', 'uptime-kuma', 'healthchecks', 'arr', 'proxmox', 'json', 'text'];
    const odd: Payload['body'][] = [
      '',
      'x',
      '\u0000',
      [],
      [1, null],
      [{}],
      {},
      { alerts: null },
      { alerts: [null, 1, 'x', []] },
    ];
    for (const name of names) for (const body of odd) expect(told(body, {}, name).title, name).not.to.equal('');
    expect(told({ title: 'Door' }, {}, 'alertmanager')).to.deep.include({
      title: 'Door',
      extra: { source: 'alertmanager' },
    });
    expect(told({ x: 1 }, {}, 'alertmanager')).to.deep.include({ title: 'alertmanager', body: 'x: 1' });
  });

  it('reads no field without asking what it is', () => {
    const values = [null, 1, true, '', 'x', [], {}, [null], { a: null }, Number.NaN];
    const replaced = (value: unknown, at: readonly string[], by: unknown): unknown => {
      const [name, ...rest] = at;
      if (name === undefined) return by;
      if (Array.isArray(value))
        return value.map((item, index) => (String(index) === name ? replaced(item, rest, by) : item));
      return { ...(value as object), [name]: replaced((value as Record<string, unknown>)[name], rest, by) };
    };
    const paths = (value: unknown, at: readonly string[] = []): (readonly string[])[] =>
      typeof value === 'object' && value !== null
        ? [at, ...Object.entries(value).flatMap(([name, inner]) => paths(inner, [...at, name]))]
        : [at];
    for (const whole of [ALERTMANAGER, KUMA, HEALTHCHECKS, RADARR, SONARR, HEALTH]) {
      for (const at of paths(whole).slice(1)) {
        for (const by of values) {
          const reading = read(replaced(whole, at, by) as Payload['body']);
          expect('content' in reading && reading.content.title, at.join('.')).not.to.equal('');
        }
      }
    }
  });

  it('takes what is nested a hundred levels deep, and a hundred thousand', () => {
    for (const depth of [100, 100_000]) {
      const deep = JSON.parse(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`);
      expect(told(deep).title).to.equal('ops');
      expect(told({ alerts: [deep], groupKey: deep, labels: deep }).title).to.equal('ops');
    }
  });

  it('shows no secret, and cuts what is too long', () => {
    const { body } = told({ password: 'hunter2', nested: { api_key: 'hunter2', apiKeys: ['hunter2'] }, host: 'nas' });
    expect(body).to.contain('host: nas').and.contain('password: …').and.not.contain('hunter2');
    expect(JSON.stringify(told(KUMA))).not.to.contain('hunter2');
    const long = told({ title: 'x'.repeat(300), message: '😀'.repeat(10_000) });
    expect([long.title.length, long.body.length <= 16_000, /\p{Surrogate}/u.test(long.body)]).to.deep.equal([
      250,
      true,
      false,
    ]);
    const { key } = told({ ...ALERTMANAGER, groupKey: 'x'.repeat(60) });
    expect(key).to.match(/^alertmanager\/[0-9a-f]{32}$/);
  });
});
