import { expect } from 'chai';
import { parseOptions, UsageError } from '../../server/cli/command.ts';

const table = {
  json: { type: 'boolean', short: 'j' },
  name: { type: 'string' },
  wait: { type: 'string', expectation: (value: string) => (value === 'now' ? undefined : 'now') },
} as const;

function problems(args: readonly string[], words: readonly string[] = []): readonly string[] {
  try {
    parseOptions(args, { options: table, words, elsewhere: { port: 'set HERALD_HTTP__PORT instead' } });
  } catch (error) {
    if (error instanceof UsageError) return error.problems;
    throw error;
  }
  return [];
}

describe('parseOptions', () => {
  it('reads flags, values in both forms, and words', () => {
    const parsed = parseOptions(['a', '-j', '--name=x', '--name', '--y', 'b'], {
      options: table,
      words: ['A', 'B?', 'C?'],
    });
    expect(parsed.flag('json')).to.equal(true);
    expect(parsed.values('name')).to.deep.equal(['x', '--y']);
    expect(parsed.value('name')).to.equal('--y');
    expect(parsed.words).to.deep.equal(['a', 'b']);
    expect(parsed.value('wait')).to.equal(undefined);
  });

  it('treats everything after -- as words', () => {
    expect(parseOptions(['--', '-5', '--json'], { options: table, words: ['A', 'B'] }).words).to.deep.equal([
      '-5',
      '--json',
    ]);
  });

  it('names everything that is wrong at once', () => {
    expect(problems(['--what', '--json=1', '--wait', 'soon', 'word', '--name'], [])).to.deep.equal([
      'unknown option --what; did you mean --wait?',
      '--json takes no value',
      '--wait: expected now',
      '--name needs a value',
      'unexpected word',
    ]);
    expect(problems([], ['NAME', 'TEXT?'])).to.deep.equal(['<NAME> is missing']);
    expect(problems([''], ['NAME'])).to.deep.equal(['<NAME> is missing']);
  });

  it('suggests the closest option, and how to set other fields', () => {
    expect(problems(['--jsno', '--nmae=x', '--port', '--port=80', '-p'])).to.deep.equal([
      'unknown option --jsno; did you mean --json?',
      'unknown option --nmae; did you mean --name?',
      'unknown option --port; set HERALD_HTTP__PORT instead',
      'unknown option --port; set HERALD_HTTP__PORT instead',
      'unknown option -p',
    ]);
  });

  it('completes an option that was shortened', () => {
    expect(problems(['--na', '--js'])).to.deep.equal([
      'unknown option --na; did you mean --name?',
      'unknown option --js; did you mean --json?',
    ]);
  });

  it('says nothing about words where one may be the value of an unknown option', () => {
    expect(problems(['a', '--na', 'x'], ['NAME'])).to.deep.equal(['unknown option --na; did you mean --name?']);
    expect(problems(['--na', 'x'], ['NAME', 'TEXT'])).to.deep.equal(['unknown option --na; did you mean --name?']);
    expect(problems(['--na=x', 'a', 'b'], ['NAME'])).to.deep.equal([
      'unknown option --na; did you mean --name?',
      'unexpected b',
    ]);
  });

  it('does not accept names that an object inherits', () => {
    for (const name of ['__proto__', 'constructor', 'toString']) {
      expect(problems([`--${name}`])).to.deep.equal([`unknown option --${name}`]);
    }
  });
});
