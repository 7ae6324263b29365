import { expect } from 'chai';
import { failAsJson } from '../../../server/dialects/kit/errors.ts';
import { json } from '../../../server/dialects/kit/http-message.ts';
import {
  createRouteTable,
  indexRoutes,
  patternsOverlap,
  patternToRegExp,
  type Route,
  type RouteOwner,
  readParams,
} from '../../../server/dialects/kit/route.ts';

const route = (where: string, rank?: number): Route => {
  const [method, pattern = ''] = where.split(' ');
  const own = rank === undefined ? {} : { rank };
  return { method: method as Route['method'], pattern, limit: 0, ...own, answer: () => json({}) };
};

const owner = (name: string, routes: readonly Route[], remedy?: string): RouteOwner => ({
  name,
  routes,
  fail: failAsJson,
  remedy,
});

describe('readParams', () => {
  const cases: readonly (readonly [pattern: string, path: string, params: readonly string[] | undefined])[] = [
    ['/', '/', []],
    ['/', '//', undefined],
    ['/a', '/a', []],
    ['/a', '/a/', []],
    ['/a', '/ab', undefined],
    ['/a', '/A', undefined],
    ['/a/:x', '/a/b', ['b']],
    ['/a/:x', '/a/', undefined],
    ['/a/:x', '/a/b/c', undefined],
    ['/a/:x/b/:y', '/a/1/b/%E4%BD%A0', ['1', '你']],
    ['/a/:x', '/a/%2F', ['/']],
    ['/a/:x', '/a/%zz', ['%zz']],
    ['/a/:x', '/a/%c4', ['%c4']],
    ['/:x.send', '/a.send', ['a']],
    ['/:x.send', '/a.b.send', ['a.b']],
    ['/:x.send', '/.send', undefined],
    ['/:x.send', '/a.send/', undefined],
    ['/:x.send', '/a.sendx', undefined],
    ['/:x.send', '/a/b.send', undefined],
    ['/apps/*', '/apps', []],
    ['/apps/*', '/apps/', []],
    ['/apps/*', '/apps/1/events', []],
    ['/apps/*', '/appsx', undefined],
    ['*', '/anything/at all', []],
    ['/a+b(c)', '/a+b(c)', []],
    ['/a.js', '/axjs', undefined],
  ];
  for (const [pattern, path, params] of cases) {
    it(`reads ${JSON.stringify(params)} from ${path} by ${pattern}`, () => {
      expect(readParams(patternToRegExp(pattern), path)).to.deep.equal(params);
    });
  }
});

describe('patternsOverlap', () => {
  const cases: readonly (readonly [one: string, other: string, overlap: boolean])[] = [
    ['/a', '/a', true],
    ['/a', '/b', false],
    ['/:topic/json', '/:key/:body', true],
    ['/:topic/json', '/:key/ws', false],
    ['/a/:x', '/:y/b', true],
    ['/a/:x', '/a', false],
    ['/:x.send', '/health', false],
    ['/:x.send', '/up.send', true],
    ['/:x.send', '/.send', false],
    ['/:x.send', '/:y', true],
    ['/:x.send', '/:y.group', false],
    ['/:x.d.send', '/:y.send', true],
    ['/apps/*', '/:app/channels', true],
    ['/apps/*', '/apps', true],
    ['/apps/*', '/:x', true],
    ['/apps/*', '/v1/apps', false],
    ['*', '/anything', true],
    ['/a/*', '/a/b/*', true],
  ];
  for (const [one, other, overlap] of cases) {
    it(`is ${overlap} for ${one} and ${other}`, () => {
      expect([patternsOverlap(one, other), patternsOverlap(other, one)]).to.deep.equal([overlap, overlap]);
    });
  }
});

describe('createRouteTable', () => {
  const patterns = (owners: readonly RouteOwner[]) => createRouteTable(owners).map(({ route: { pattern } }) => pattern);

  it('puts routes of a higher rank first, and keeps the order of all others', () => {
    const one = owner('one', [route('GET /:x'), route('GET /a'), route('* *', -1)]);
    const two = owner('two', [route('GET /b/c'), route('* /*', 1)]);
    expect(patterns([one, two])).to.deep.equal(['/*', '/:x', '/a', '/b/c', '*']);
  });

  for (const [one, two, where] of [
    ['GET /a', 'GET /a', 'http path GET /a'],
    ['GET /:topic/json', 'POST /:key/:body', undefined],
    ['GET /:topic/json', 'GET /:key/:body', 'http paths that match GET /:topic/json and GET /:key/:body'],
    ['* /:topic/json', 'GET /:key/:body', 'http paths that match * /:topic/json and GET /:key/:body'],
    ['* *', '* *', 'http path * *'],
  ] as const) {
    it(`${where === undefined ? 'takes' : 'refuses'} ${one} beside ${two} of another room`, () => {
      const make = () =>
        createRouteTable([owner('ntfy', [route(one)]), owner('bark', [route(two)], 'set bark.prefix')]);
      if (where === undefined) expect(make).not.to.throw();
      else expect(make).to.throw(`the dialects ntfy and bark both claim ${where}; set bark.prefix`);
    });
  }

  it('lets a declared rank decide', () => {
    const ntfy = owner('ntfy', [route('GET /:topic/json', 1)]);
    const bark = owner('bark', [route('GET /:key/:body')]);
    expect(patterns([bark, ntfy])).to.deep.equal(['/:topic/json', '/:key/:body']);
  });
});

describe('indexRoutes', () => {
  const index = indexRoutes(
    createRouteTable([
      owner('one', [route('GET /a/:x'), route('GET /:x/b'), route('GET /'), route('GET //a'), route('GET /a.b/*')]),
      owner('two', [route('GET /:y.send', 1), route('GET /a/b', -1), route('* *', -2)]),
    ]),
  );
  const cases: readonly (readonly [path: string, patterns: readonly string[]])[] = [
    ['/a', ['/:y.send', '/a/:x', '/:x/b', '/a/b', '*']],
    ['/a/b/c', ['/:y.send', '/a/:x', '/:x/b', '/a/b', '*']],
    ['/', ['/:y.send', '/:x/b', '/', '//a', '*']],
    ['//a', ['/:y.send', '/:x/b', '/', '//a', '*']],
    ['/a.b', ['/:y.send', '/:x/b', '/a.b/*', '*']],
    ['/__proto__/x', ['/:y.send', '/:x/b', '*']],
  ];
  for (const [path, patterns] of cases) {
    it(`gives for ${path} those that may match, in their order`, () => {
      expect(index(path).map((entry) => entry.route.pattern)).to.deep.equal(patterns);
    });
  }
});
