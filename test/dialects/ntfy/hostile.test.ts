import { expect } from 'chai';
import { sharedWorld } from '../../support/shared-world.ts';

/** What comes in, and the number of the error. */
type Case = readonly [what: string, path: string, init: RequestInit, code: number];

const put = (body: BodyInit, headers: Record<string, string> = {}): RequestInit => ({ method: 'PUT', body, headers });
const json = (value: unknown) => put(JSON.stringify(value));
const actions = (text: string) => put('x', { actions: text });

const CASES: readonly Case[] = [
  // Names.
  ['no topic', '/', json({ message: 'x' }), 40009],
  ['a topic that is none', '/', json({ topic: 'a.b' }), 40009],
  ['a long topic', '/', json({ topic: 'x'.repeat(65) }), 40009],
  ['a long topic in the path', `/${'x'.repeat(65)}`, put('x'), 40401],
  ['a topic in another script', '/%E5%BC%A0%E4%B8%89', put('x'), 40401],
  ['a slash at the end', '/t/', put('x'), 40401],
  ['a topic with a null byte', '/a%00b', put('x'), 40401],
  ['a kept name', '/docs', put('x'), 40010],
  ['a kept name in JSON', '/', json({ topic: 'v1' }), 40010],
  ['a name of another dialect', '/assets', put('x'), 40010],
  ['a kept name with a sequence', '/health/x', put('x'), 40010],
  ['a kept name among others', '/a,docs/json?poll=1', {}, 40010],
  ['too many topics', `/${Array.from({ length: 101 }, (_, at) => `t${at}`).join()}/json?poll=1`, {}, 40009],
  // JSON.
  ['no JSON', '/', put('{'), 40024],
  ['nothing', '/', put(''), 40024],
  ['an array', '/', put('[]'), 40024],
  ['a text', '/', put('"x"'), 40024],
  ['bytes', '/', put(Buffer.from([0xff, 0xfe])), 40024],
  ['nested JSON', '/', put('['.repeat(8000)), 40024],
  ['a large JSON', '/', put(' '.repeat(8193)), 41303],
  ['a topic of another type', '/', json({ topic: 1 }), 40024],
  ['a message of another type', '/', json({ topic: 't', message: 1 }), 40024],
  ['a priority of another type', '/', json({ topic: 't', priority: 'high' }), 40024],
  ['a priority in parts', '/', json({ topic: 't', priority: 1.5 }), 40024],
  ['a priority that is none', '/', json({ topic: 't', priority: 6 }), 40007],
  ['tags of another type', '/', json({ topic: 't', tags: 'a,b' }), 40024],
  ['tags with numbers', '/', json({ topic: 't', tags: [1] }), 40024],
  ['markdown of another type', '/', json({ topic: 't', markdown: 'yes' }), 40024],
  ['cache of another type', '/', json({ topic: 't', cache: false }), 40024],
  ['firebase of another type', '/', json({ topic: 't', firebase: 1 }), 40024],
  ['actions of another type', '/', json({ topic: 't', actions: 'view, x, y' }), 40024],
  ['a sequence of another type', '/', json({ topic: 't', sequence_id: {} }), 40024],
  // Fields.
  ['a priority', '/t', put('x', { priority: '0' }), 40007],
  ['a priority of others', '/t', put('x', { priority: 'normal' }), 40007],
  ['an icon', '/t', put('x', { icon: 'ftp://a/b' }), 40021],
  ['an address of a file', '/t', put('x', { attach: 'javascript:alert(1)' }), 40013],
  ['an address without a host', '/t', put('x', { attach: 'https://' }), 40013],
  ['an e-mail', '/t', put('x', { email: 'a@b.c' }), 40001],
  ['an e-mail of yes', '/t', put('x', { email: 'yes' }), 40001],
  ['no e-mail', '/t', put('x', { email: 'phil' }), 40050],
  ['a call', '/t', put('x', { call: '+49123' }), 40032],
  ['a sequence', '/t', put('x', { sid: '../x' }), 40049],
  ['bytes with an attached address', '/t', put(Buffer.from([0xff]), { attach: 'https://e.com/a' }), 40011],
  ['a file that is too large', '/t', put(new Uint8Array(100_001), { filename: 'x' }), 41301],
  ['a query that is not UTF-8', '/t?title=%FF', put('x'), 40000],
  // Listening.
  ['since', '/t/json?poll=1&since=yesterday', {}, 40008],
  ['a filter', '/t/json?poll=1&priority=9', {}, 40007],
];

const ACTIONS: readonly [text: string, reason: string][] = [
  ['nope, a', "parameter 'action' cannot be 'nope', valid values are 'view', 'broadcast', 'http' and 'copy'"],
  ['VIEW, a, https://b', "term 'https://b' unknown"],
  ['view', "parameter 'label' is required"],
  ['view, a', "parameter 'url' is required for action 'view'"],
  ['http, a', "parameter 'url' is required for action 'http'"],
  ['copy, a', "parameter 'value' is required for action 'copy'"],
  ['broadcast, a, b', "term 'b' unknown"],
  ['view, a, b, c', "term 'c' unknown"],
  ['http, a, https://b, method=get, body=x', "parameter 'body' cannot be set if method is GET"],
  [
    'view, a, b, clear=maybe',
    "parameter 'clear' cannot be 'maybe', only boolean values are allowed (true/yes/1/false/no/0)",
  ],
  ['view, a, b, x=y', "key 'x' unknown"],
  ['view, "a', 'unexpected end of input, quote started at position 6'],
  ['view,"a"b', "unexpected character 'b' at position 8"],
  ['view, a, b; view, a, b; view, a, b; view, a, b', 'only 3 actions allowed'],
  ['[{"action":"view"}]', "parameter 'label' is required"],
  ['[1]', 'JSON error: expected an array of objects'],
  ['[{"action":"view","label":1}]', "JSON error: 'label' must be a text"],
];

describe('ntfy: hostile requests', () => {
  const relay = sharedWorld({ config: { attachments: { maxSize: 100_000 } } });

  for (const [what, path, init, code] of CASES) {
    it(`refuses ${what} with ${code}`, async () => {
      const { status, json: error, headers } = await relay().request(path, init);
      expect(error, `${status}`).to.be.an('object');
      expect([error.code, error.http, status]).to.deep.equal([code, Math.floor(code / 100), Math.floor(code / 100)]);
      expect(Object.keys(error).filter((key) => !['code', 'http', 'error', 'link'].includes(key))).to.deep.equal([]);
      expect(headers.get('content-type')).to.match(/^application\/json/);
      expect(headers.get('access-control-allow-origin')).to.equal('*');
    });
  }

  for (const [text, reason] of ACTIONS) {
    it(`refuses the actions ${text}`, async () => {
      const { json: error } = await relay().request('/t', actions(text));
      expect([error.code, error.error]).to.deep.equal([40018, `invalid request: actions invalid; ${reason}`]);
    });
  }

  for (const word of ['constructor', '__proto__', 'toString', 'hasOwnProperty', 'jsonx', 'JSON']) {
    it(`has no form of a stream called ${word}`, async () => {
      expect((await relay().request(`/t/${word}`)).status).to.equal(404);
    });
  }

  it('changes nothing by all that', async () => {
    expect((await relay().request('/t/json?poll=1')).text).to.equal('');
    expect((await relay().request('/v1/scheduled')).json.scheduled).to.deep.equal([]);
  });

  it('reads the short form of actions with all that it may have', async () => {
    const text =
      'view, Open portal, https://home.nest.com/, clear=true; http, "Close, \\"now\\"", https://e.com/c, method=put, headers.X-A=1, body=\'{"a": 1; "b": 2}\'; broadcast, Take, extras.cmd=pic, intent=a.b;';
    const { json: sent } = await relay().request('/actions', actions(text));
    const [one, two, three] = sent.actions.map(({ id: _, ...rest }: { id: string }) => rest);
    expect(one).to.deep.equal({ action: 'view', label: 'Open portal', clear: true, url: 'https://home.nest.com/' });
    expect(two).to.deep.equal({
      ...{ action: 'http', label: 'Close, "now"', clear: false, url: 'https://e.com/c', method: 'PUT' },
      ...{ headers: { 'X-A': '1' }, body: '{"a": 1; "b": 2}' },
    });
    expect(three).to.deep.equal({
      action: 'broadcast',
      label: 'Take',
      clear: false,
      intent: 'a.b',
      extras: { cmd: 'pic' },
    });
    const stored = (await relay().request('/actions/json?poll=1')).json;
    expect(stored.actions).to.deep.equal(sent.actions);
  });
});

describe('ntfy: templates', () => {
  const relay = sharedWorld();
  const ALERT = JSON.stringify({ alert: { name: 'cpu', level: 'high' }, hosts: ['a', 'b'] });
  const post = (headers: Record<string, string>, body: string = ALERT) =>
    relay().request('/filled', { method: 'POST', body, headers });

  it('make title, message and priority of the JSON of the body', async () => {
    const { json: sent } = await post({
      ...{ tpl: 'yes', title: '{{.alert.name | upper}}', priority: '{{.alert.level}}' },
      message: 'on:\\n{{range .hosts}}- {{.}}\\n{{end}}',
    });
    expect(sent).to.include({ title: 'CPU', priority: 4, message: 'on:\n- a\n- b' });
    const query = new URLSearchParams({ template: '0', message: '{{ printf "%s\\n%s" (first .hosts) .alert.name }}' });
    const { json: other } = await relay().request(`/filled?${query}`, { method: 'POST', body: ALERT });
    expect(other.message, 'a word for no is one, too').to.equal('a\ncpu');
  });

  const WRONG: readonly [what: string, headers: Record<string, string>, body: string | undefined, code: number][] = [
    ['a name that nobody knows', { template: 'nobody' }, undefined, 40047],
    ['no JSON', { template: '1', message: 'x' }, '{', 40042],
    ['nothing', { template: '1', message: 'x' }, '', 40042],
    ['what cannot be read', { template: '1', message: '{{.a' }, undefined, 40043],
    ['what is not allowed', { template: '1', message: '{{template "x"}}' }, undefined, 40044],
    ['what fails', { template: '1', message: '{{fail "x"}}' }, undefined, 40045],
    ['a long result', { template: '1', message: '{{repeat 5000 "x"}}' }, undefined, 40041],
    ['a long title', { template: '1', title: '{{repeat 5000 "x"}}' }, undefined, 40041],
    ['a priority that is none', { template: '1', priority: '{{.alert.name}}' }, undefined, 40007],
    ['a large body', { template: '1', message: 'x' }, ' '.repeat(131_073), 41303],
  ];
  for (const [what, headers, body, code] of WRONG) {
    it(`refuse ${what} with ${code}`, async () => {
      const { status, json: error } = await post(headers, body);
      expect([status, error.code]).to.deep.equal([Math.floor(code / 100), code]);
    });
  }
});
