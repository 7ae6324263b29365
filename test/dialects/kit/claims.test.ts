import { expect } from 'chai';
import { RelayError } from '../../../server/base/errors.ts';
import { checkClaims, claimantOf } from '../../../server/dialects/kit/claims.ts';

const dialect = (name: string, http: string[], socket: string[] = []) => ({ name, paths: { http, socket } });

describe('checkClaims', () => {
  it('takes dialects that share nothing', () => {
    const one = dialect('one', ['GET /a', 'GET /a/:x'], ['/app/:key']);
    const two = dialect('two', ['POST /a', 'GET /a/:x/b', '*'], ['/app', '*']);
    expect(() => checkClaims([one, two])).not.to.throw();
  });

  const conflicts: [string, ReturnType<typeof dialect>, ReturnType<typeof dialect>, string][] = [
    [
      'a path',
      dialect('one', ['GET /a']),
      dialect('two', ['GET /a']),
      'the dialects one and two both claim http path GET /a',
    ],
    [
      'everything else',
      dialect('one', ['*']),
      dialect('two', ['*']),
      'the dialects one and two both claim http path *',
    ],
    [
      'a socket path',
      dialect('one', [], ['/app/:key']),
      dialect('two', [], ['/app/:id']),
      'the dialects one and two both claim socket path /app/:id',
    ],
    [
      'a path with other parameters',
      dialect('one', ['GET /:a/b']),
      dialect('two', ['GET /:c/b']),
      'the dialects one and two both claim http path GET /:c/b',
    ],
  ];
  for (const [what, one, two, text] of conflicts) {
    it(`names both dialects that claim ${what}`, () => {
      expect(() => checkClaims([one, two])).to.throw(text);
    });
  }

  it('tells what the config can do about it', () => {
    const plain = dialect('one', ['GET /a']);
    const movable = { name: 'two', paths: { http: ['GET /a'], socket: [], remedy: 'set two.prefix' } };
    for (const list of [
      [plain, movable],
      [movable, plain],
    ]) {
      expect(() => checkClaims(list)).to.throw(RelayError, 'both claim http path GET /a; set two.prefix');
    }
  });

  it('does not mix up requests and sockets', () => {
    expect(() => checkClaims([dialect('one', ['/app']), dialect('two', [], ['/app'])])).not.to.throw();
  });

  it('notices a dialect that claims a path twice', () => {
    expect(() => checkClaims([dialect('one', ['GET /a', 'GET /a'])])).to.throw('one and one');
  });
});

describe('claimantOf', () => {
  const list = [
    dialect('rest', [], ['*']),
    dialect('pusher', [], ['/app/:key']),
    dialect('gusher', [], ['/ws', '/ws/:app/x']),
    dialect('deep', [], ['/deep/*']),
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
    ['/deep', 'rest'],
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
