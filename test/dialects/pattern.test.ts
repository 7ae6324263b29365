import { expect } from 'chai';
import { compilePattern } from '../../server/dialects/pattern.ts';
import { RelayError } from '../../server/errors.ts';

describe('compilePattern', () => {
  const names = ['A:1', 'A:12', 'BA', 'a.b', '手机', '', '__proto__'];
  const patterns: [string, string[]][] = [
    ['', names],
    ['A', ['A:1', 'A:12', 'BA']],
    ['^A', ['A:1', 'A:12']],
    ['1$', ['A:1']],
    ['^A:1$', ['A:1']],
    ['^$', ['']],
    ['^', names],
    ['a.b', ['a.b']],
    ['a\\.b', ['a.b']],
    ['A:1\\d', ['A:12']],
    ['^(A|B)', ['A:1', 'A:12', 'BA']],
    ['(?i)^ba$', ['BA']],
    ['机', ['手机']],
    ['^\\p{Han}+$', ['手机']],
    ['__', ['__proto__']],
  ];
  for (const [pattern, expected] of patterns) {
    it(`finds ${JSON.stringify(expected)} with ${JSON.stringify(pattern)}`, async () => {
      expect(await (await compilePattern(pattern))?.search(names)).to.deep.equal(expected);
    });
  }

  it('knows the one name that a pattern means', async () => {
    const exact = async (pattern: string) => (await compilePattern(pattern))?.exact;
    expect(await Promise.all(['^A:1$', '^$', '^A', 'A$', 'A', '^A.$', '^A|B$'].map(exact))).to.deep.equal([
      'A:1',
      '',
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  for (const pattern of [
    '[',
    '(',
    '*',
    'a**',
    '(?=a)',
    '\\1',
    'a{1001}',
    '(((a{99}){99}){99})',
    'x'.repeat(513),
    '\\pL{999}x{99}',
  ]) {
    it(`takes no ${pattern.slice(0, 30)}`, async () => {
      expect(await compilePattern(pattern)).to.equal(undefined);
    });
  }

  it('gives a search up that takes long, however few its steps', async () => {
    let seed = 1;
    const letter = () => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      return seed & 0x10000 ? 'a' : 'b';
    };
    const names = Array.from({ length: 450 }, () => Array.from({ length: 1000 }, letter).join(''));
    const search = (await compilePattern('(?i)(\\pL|a.{50}){3}z$'))?.search(names);
    const error = await search?.catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(RelayError).and.include({ code: 'invalid' });
  });

  it('lets other work go on during a long search', async () => {
    let turns = 0;
    const count = () => {
      turns += 1;
      immediate = setImmediate(count);
    };
    let immediate = setImmediate(count);
    const many = Array.from({ length: 30_000 }, (_, index) => `user:${index}:${'x'.repeat(50)}`);
    expect(await (await compilePattern('user:.*[5]:'))?.search(many)).to.have.length(3000);
    clearImmediate(immediate);
    expect(turns).to.be.above(1);
  });

  it('refuses a search that would cost too much', async () => {
    const many = Array.from({ length: 2000 }, () => 'x'.repeat(1000));
    const failure = await (await compilePattern('(x?){100}y'))?.search(many).catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(RelayError).with.property('code', 'invalid');
  });
});
