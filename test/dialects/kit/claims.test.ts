import { expect } from 'chai';
import { RelayError } from '../../../server/base/errors.ts';
import { checkClaims, claimantOf, firstParts } from '../../../server/dialects/kit/claims.ts';

const dialect = (name: string, socket: string[]) => ({ name, paths: { socket } });

describe('checkClaims', () => {
  it('takes dialects that share nothing', () => {
    expect(() => checkClaims([dialect('one', ['/app/:key']), dialect('two', ['/app', '*'])])).not.to.throw();
  });

  it('names both dialects that claim a path, whatever they call its parameters', () => {
    const list = [dialect('one', ['/app/:key']), dialect('two', ['/app/:id'])];
    expect(() => checkClaims(list)).to.throw('the dialects one and two both claim socket path /app/:id');
  });

  it('names both dialects whose patterns match one path', () => {
    for (const [one, other] of [
      ['/app/:key', '/app/*'],
      ['/app', '/app/*'],
      ['/ws/:app/x', '/ws/y/:page'],
    ] as const) {
      const list = [dialect('one', [one]), dialect('two', [other])];
      expect(() => checkClaims(list), `${one} ${other}`).to.throw(`both claim socket path ${other}`);
    }
  });

  it('lets one dialect claim a path and what is below it', () => {
    expect(() => checkClaims([dialect('one', ['/app', '/app/*'])])).not.to.throw();
  });

  it('tells what the config can do about it', () => {
    const plain = dialect('one', ['/a']);
    const movable = { name: 'two', paths: { socket: ['/a'], remedy: 'set two.prefix' } };
    for (const list of [
      [plain, movable],
      [movable, plain],
    ]) {
      expect(() => checkClaims(list)).to.throw(RelayError, 'both claim socket path /a; set two.prefix');
    }
  });

  it('takes dialects of different ranks, of which the higher one gets the path', () => {
    const list = [
      { name: 'low', paths: { socket: ['/:topic/ws'], rank: -1 } },
      dialect('rest', ['*']),
      dialect('high', ['/app/*']),
    ];
    expect(() => checkClaims(list)).not.to.throw();
    const names = ['/app/ws', '/other/ws', '/other'].map((path) => claimantOf(list, path)?.name);
    expect(names).to.deep.equal(['high', 'low', 'rest']);
  });

  it('notices a dialect that claims a path twice', () => {
    expect(() => checkClaims([dialect('one', ['/a', '/a'])])).to.throw('one and one');
  });
});

describe('claimantOf', () => {
  const list = [
    dialect('rest', ['*']),
    dialect('pusher', ['/app/:key']),
    dialect('gusher', ['/ws', '/ws/:app/x']),
    dialect('deep', ['/deep/*']),
  ];
  const cases: [string, string][] = [
    ['/app/k', 'pusher'],
    ['/app/k/', 'pusher'],
    ['/app/', 'rest'],
    ['/app', 'rest'],
    ['/app/k/more', 'rest'],
    ['/ws', 'gusher'],
    ['/ws/', 'gusher'],
    ['/ws/any/x', 'gusher'],
    ['/wsx', 'rest'],
    ['/deep', 'deep'],
    ['/deep/', 'deep'],
    ['/deep/a/b/c', 'deep'],
    ['/deeper/a', 'rest'],
    ['/', 'rest'],
    ['', 'rest'],
    ['//app/k', 'rest'],
  ];
  for (const [path, name] of cases) {
    it(`gives ${JSON.stringify(path)} to ${name}`, () => {
      expect(claimantOf(list, path)?.name).to.equal(name);
    });
  }

  it('gives a path to nobody where nobody claims the rest', () => {
    expect(claimantOf(list.slice(1), '/other')).to.equal(undefined);
    expect(claimantOf([], '/')).to.equal(undefined);
  });
});

describe('firstParts', () => {
  it('has the fixed ones, each once', () => {
    const patterns = ['/', '*', '/v1/devices', '/v1/*', '/:target.send', '/app/*', '/sw.js'];
    expect(firstParts(patterns)).to.deep.equal(['v1', 'app', 'sw.js']);
  });
});
