import { install } from '@sinonjs/fake-timers';
import { expect } from 'chai';
import { RelayError } from '../../../server/base/errors.ts';
import { createPatterns } from '../../../server/dialects/kit/pattern.ts';
import { onCleanup } from '../../support/cleanup.ts';

/** Takes some 50 ms for each of these names, in few steps. */
const COSTLY = '(?i)(\\pL|a.{50}){3}z$';
function costlyNames(count: number): string[] {
  let seed = 1;
  const letter = () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return seed & 0x10000 ? 'a' : 'b';
  };
  return Array.from({ length: count }, () => Array.from({ length: 1000 }, letter).join(''));
}

describe('createPatterns', () => {
  const compile = (text: string) => createPatterns().compile(text);
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
    ['^(BA|A:1|none)$', ['A:1', 'BA']],
    ['^(?:A:1|)$', ['A:1', '']],
    ['^(A:1|B.)$', ['A:1', 'BA']],
    ['^(A:1)|(BA)$', ['A:1', 'A:12', 'BA']],
    ['(?i)^ba$', ['BA']],
    ['机', ['手机']],
    ['^\\p{Han}+$', ['手机']],
    ['__', ['__proto__']],
  ];
  for (const [pattern, expected] of patterns) {
    it(`finds ${JSON.stringify(expected)} with ${JSON.stringify(pattern)}`, async () => {
      expect(await (await compile(pattern))?.search(names)).to.deep.equal(expected);
    });
  }

  it('knows the one name that a pattern means', async () => {
    const exact = async (pattern: string) => (await compile(pattern))?.exact;
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

  for (const pattern of ['[', '(', '*', 'a**', '(?=a)', '\\1', 'a{1001}', '(((a{99}){99}){99})']) {
    it(`takes no ${pattern.slice(0, 30)}`, async () => {
      expect(await compile(pattern)).to.equal(undefined);
    });
  }

  for (const pattern of [`(${'x'.repeat(511)})`, '\\pL{999}x{99}', '['.repeat(513)]) {
    it(`refuses ${pattern.slice(0, 30)} for its cost, which is not to say that it finds nothing`, async () => {
      const failure = await compile(pattern).catch((error: unknown) => error);
      expect(failure).to.be.instanceOf(RelayError).with.property('code', 'invalid');
    });
  }

  it('takes the longest that it bounds, and plain text and lists of any length', async () => {
    const name = 'x'.repeat(1000);
    for (const pattern of [`(${'x'.repeat(510)})`, `^${name}$`, `^${name}`, name, `^(${name}|y)$`])
      expect(await (await compile(pattern))?.search([name, 'x'])).to.deep.equal([name]);
  });

  it('gives a search up that takes long, however few its steps', async () => {
    const error = await (await compile(COSTLY))?.search(costlyNames(450)).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(RelayError).and.include({ code: 'invalid' });
  });

  it('is not given up for the time that others took of the machine', async () => {
    const pattern = await compile('a.c');
    const time = install({ toFake: ['performance'] });
    onCleanup(() => time.uninstall());
    const names = Array.from({ length: 100 }, () => 'abc');
    names.values = function* (): Generator<string, undefined> {
      for (const name of names) {
        time.tick(100);
        yield name;
      }
      return undefined;
    };
    expect(await pattern?.search(names)).to.have.length(100);
  });

  it('searches one after the other, in turns, each of which lets other work go on', async () => {
    const patterns = createPatterns();
    const searches = await Promise.all(Array.from({ length: 3 }, () => patterns.compile(COSTLY)));
    let round = 0;
    const nextRound = () => {
      round += 1;
      immediate = setImmediate(nextRound);
    };
    let immediate = setImmediate(nextRound);
    onCleanup(() => clearImmediate(immediate));
    const workers = new Map<number, Set<number>>();
    const rounds = await Promise.all(
      searches.map(async (pattern, worker) => {
        const names = costlyNames(3);
        // The search takes its names from here, each in a turn of its own for how long it takes.
        names.values = function* (): Generator<string, undefined> {
          for (const name of names) {
            workers.set(round, (workers.get(round) ?? new Set()).add(worker));
            yield name;
          }
          return undefined;
        };
        await pattern?.search(names);
        return round;
      }),
    );
    expect([...workers.values()].map(({ size }) => size)).to.deep.equal(Array(9).fill(1));
    expect([...workers.values()].flatMap((set) => [...set])).to.deep.equal([0, 1, 2, 0, 1, 2, 0, 1, 2]);
    expect(rounds).to.deep.equal([...rounds].sort((a, b) => a - b));
  });

  it('refuses a search when too many wait, and loses none that is under way', async () => {
    const patterns = createPatterns();
    const costly = await patterns.compile(COSTLY);
    const simple = await patterns.compile('a.c');
    const first = costly?.search([...costlyNames(3), 'aaaz']);
    const others = Array.from({ length: 300 }, () =>
      simple?.search(['abc']).catch((error: RelayError) => [error.code, String(error.retryAfter)]),
    );
    const outcomes = (await Promise.all(others)).map((outcome) => outcome?.join());
    expect(outcomes).to.deep.equal([...Array(256).fill('abc'), ...Array(44).fill('unavailable,1')]);
    expect(await first).to.deep.equal(['aaaz']);
    expect(await simple?.search(['abc'])).to.deep.equal(['abc']);
  });

  it('lets other work go on during a long search', async () => {
    let turns = 0;
    const count = () => {
      turns += 1;
      immediate = setImmediate(count);
    };
    let immediate = setImmediate(count);
    onCleanup(() => clearImmediate(immediate));
    const many = Array.from({ length: 30_000 }, (_, index) => `user:${index}:${'x'.repeat(50)}`);
    expect(await (await compile('user:.*[5]:'))?.search(many)).to.have.length(3000);
    expect(turns).to.be.above(1);
  });

  it('refuses a search that would cost too much', async () => {
    const many = Array.from({ length: 2000 }, () => 'x'.repeat(1000));
    const failure = await (await compile('(x?){100}y'))?.search(many).catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(RelayError).with.property('code', 'invalid');
  });
});
