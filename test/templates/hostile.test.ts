import { expect } from 'chai';
import type { Payload } from '../../server/templates/template.ts';
import { read } from './helpers.ts';
import { SAMPLES } from './samples.ts';

/** What no program sends, in place of any value. */
const HOSTILE: readonly unknown[] = [
  null,
  true,
  -1,
  1e308,
  '',
  [],
  {},
  [[[]]],
  [null, 7, 'x', {}],
  'y'.repeat(20_000),
  '<img src=x onerror=alert(1)> [x](javascript:alert(1)) `*_~\n# h\n> q',
  'javascript:alert(1)',
  '\u0000\u001b[31m\u202e\r\n\t',
  '\ud800 \udc00',
  JSON.parse('{"__proto__":{"polluted":1},"constructor":{"name":7},"toString":1,"length":9}'),
  Array.from({ length: 1500 }, (_, at) => ({ name: `n${at}`, labels: { alertname: 'x' }, status: 'firing' })),
];

type Path = readonly (string | number)[];

/** Every place in a value, down to its leaves. */
function* places(value: unknown, path: Path = []): Iterable<Path> {
  if (path.length > 0) yield path;
  if (typeof value !== 'object' || value === null) return;
  const keys = Array.isArray(value) ? value.keys() : Object.keys(value);
  for (const key of keys) yield* places((value as Record<string | number, unknown>)[key], [...path, key]);
}

/** The value with another one at a place; undefined takes it away. */
function replaced(value: unknown, [first, ...rest]: Path, by: unknown): unknown {
  if (first === undefined) return by;
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string | number, unknown>;
  copy[first] = replaced(copy[first], rest, by);
  return copy;
}

const WEB = /^https?:/i;

/** Whatever comes in, this comes out. */
function expectSound(reading: ReturnType<typeof read>, why: string): void {
  if ('ignored' in reading) return;
  const { title, body, priority, tags, click, icon, image, actions, key, state } = reading.content;
  const problems = [
    title.length > 0 && title.length <= 250 ? '' : 'title',
    body.length <= 16_000 ? '' : 'body',
    /[\n\r]/.test(title) ? 'lines of the title' : '',
    priority === undefined || [1, 2, 3, 4, 5].includes(priority) ? '' : 'priority',
    tags.length <= 16 && tags.every((tag) => typeof tag === 'string' && tag.length <= 64) ? '' : 'tags',
    click === undefined || WEB.test(click) ? '' : 'click',
    [icon, image].every((one) => one === undefined || /^https:/i.test(one)) ? '' : 'picture',
    actions.length <= 3 && actions.every((one) => one.kind === 'open' && WEB.test(one.url)) ? '' : 'actions',
    key === undefined || key.length <= 64 ? '' : 'key',
    [undefined, 'firing', 'resolved'].includes(state as never) ? '' : 'state',
  ].filter(Boolean);
  if (problems.length > 0) throw new Error(`${problems.join(', ')}: ${why}`);
}

const textAt = (path: Path, by: unknown) => `${path.join('.')} = ${JSON.stringify(by)?.slice(0, 60)}`;

describe('templates, with what no program sends', () => {
  for (const { as, headers = {}, body } of SAMPLES) {
    const event = Object.values(headers)[0] ?? Object.keys(body).slice(0, 3).join(' ');

    it(`${as}, ${event}: reads the payload, and wrong types in every field`, () => {
      const whole = read(body, headers);
      expect(whole.as).to.equal(as);
      expectSound(whole, 'as it is');
      for (const path of places(body)) {
        for (const by of [undefined, ...HOSTILE]) {
          const changed = replaced(body, path, by) as Payload['body'];
          expectSound(read(changed, headers, as), textAt(path, by));
        }
      }
      expect(({} as { polluted?: unknown }).polluted).to.equal(undefined);
    });

    it(`${as}, ${event}: reads a payload whose texts are all hostile, and none at all`, () => {
      for (const by of HOSTILE) {
        const everywhere = JSON.parse(JSON.stringify(body), (_key, value) => (typeof value === 'string' ? by : value));
        expectSound(read(everywhere, headers, as), `all texts are ${JSON.stringify(by)?.slice(0, 40)}`);
      }
      for (const nothing of [{}, [], '', 'text', [1], [body, body], { data: body }, { alerts: [] }]) {
        expectSound(read(nothing as Payload['body'], headers, as), JSON.stringify(nothing).slice(0, 60));
        expectSound(read(nothing as Payload['body'], headers), JSON.stringify(nothing).slice(0, 60));
      }
    });
  }

  it('are read however deep the payload is', () => {
    const deep = [
      ['[', ']'],
      ['{"":', '}'],
      ['{"message":', '}'],
      ['[{"alerts":', '}]'],
      ['[{"":', '}]'],
    ].map(([open = '', close = '']) => JSON.parse(open.repeat(20_000) + close.repeat(20_000).replace(/^}/, '1}')));
    for (const body of [...deep, ...deep.map((rest) => ({ title: 'T', rest }))]) {
      for (const as of new Set(SAMPLES.map((sample) => sample.as))) expectSound(read(body, {}, as), as);
    }
  });

  it('are read in a short time, however large the payload is', () => {
    const many = Array.from({ length: 20_000 }, (_, at) => ({
      status: 'firing',
      labels: { alertname: `a${at}`, x: 'y'.repeat(50) },
      annotations: { summary: '`'.repeat(50) },
    }));
    const began = performance.now();
    for (const { as, headers = {}, body } of SAMPLES) {
      const lists = JSON.parse(JSON.stringify(body), (_key, value) => (Array.isArray(value) ? many : value));
      expectSound(read({ ...lists, alerts: many, commits: many, rest: many }, headers, as), as);
    }
    // Copying the samples takes most of it.
    expect(performance.now() - began).to.be.below(20_000);
  });
});
