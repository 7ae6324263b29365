import { expect } from 'chai';
import { z } from 'zod';
import { ConfigError, expectation, problemsOf, showPath } from '../../server/config/problems.ts';
import { configSchema } from '../../server/config/schema.ts';

describe('ConfigError', () => {
  it('counts its problems and shows each on a line', () => {
    expect(new ConfigError('The config', ['a: x']).message).to.equal('The config has 1 problem:\n  a: x');
    expect(new ConfigError('The config', ['a: x', 'b: y']).message).to.equal(
      'The config has 2 problems:\n  a: x\n  b: y',
    );
  });
});

describe('showPath', () => {
  const paths: [path: (string | number)[], text: string][] = [
    [[], ''],
    [['http', 'port'], 'http.port'],
    [['webhook', 'clients', 0, 'url'], 'webhook.clients[0].url'],
    [['a b', 'c'], '"a b".c'],
    [['x\u001b[2J'], '"x\\u001b[2J"'],
    [['k'.repeat(100)], `"${'k'.repeat(64)}…"`],
  ];
  for (const [path, text] of paths) {
    it(`shows ${JSON.stringify(path).slice(0, 40)}`, () => {
      expect(showPath(path)).to.equal(text);
    });
  }
});

describe('expectation', () => {
  const schema = z.strictObject({
    whole: z.int().min(1).max(9).optional(),
    text: z.string().min(2).max(3).optional(),
    list: z.array(z.string()).max(1).optional(),
    word: z.enum(['a', 'b']).optional(),
    flag: z.boolean().optional(),
    own: z.string().regex(/x/, 'expected an x').optional(),
  });
  const texts: [value: unknown, text: string][] = [
    [{ whole: 1.5 }, 'expected a whole number'],
    [{ whole: 0 }, 'expected at least 1'],
    [{ whole: 10 }, 'expected at most 9'],
    [{ text: 5 }, 'expected a string'],
    [{ text: 'a' }, 'expected at least 2 characters'],
    [{ text: 'abcd' }, 'expected at most 3 characters'],
    [{ list: ['a', 'b'] }, 'expected at most 1 elements'],
    [{ word: 'c' }, 'expected "a" or "b"'],
    [{ flag: 'yes' }, 'expected true or false'],
    [{ own: 'y' }, 'expected an x'],
    [null, 'expected an object'],
  ];
  for (const [value, text] of texts) {
    it(`says "${text}" of ${JSON.stringify(value)}`, () => {
      const { error } = schema.safeParse(value, { error: expectation });
      expect(error?.issues.map(({ message }) => message)).to.deep.equal([text]);
    });
  }

  it('says that a value is missing', () => {
    const { error } = z.strictObject({ a: z.string() }).safeParse({}, { error: expectation });
    expect(error?.issues[0]?.message).to.equal('expected a string, but it is missing');
  });
});

describe('problemsOf', () => {
  function texts(config: unknown): string[] {
    const { error } = configSchema.safeParse(config, { error: expectation });
    return error === undefined ? [] : problemsOf(error).map(({ path, text }) => `${showPath(path)}: ${text}`);
  }

  it('has one problem for each unknown key, with the key that was probably meant', () => {
    expect(texts({ http: { prot: 1, trustproxy: true }, storge: {} })).to.have.members([
      'http.prot: unknown key; did you mean port?',
      'http.trustproxy: unknown key; did you mean trustProxy?',
      'storge: unknown key; did you mean storage?',
    ]);
  });

  it('lists the known keys where no one is close', () => {
    const [text = ''] = texts({ websocket: { zzzzzzzz: 1 } });
    expect(text).to.match(/^websocket\.zzzzzzzz: unknown key; known here: port, verifyToken, /);
  });

  it('never repeats a value', () => {
    expect(texts({ token: 5, http: { port: 'hunter2' } }).join()).to.not.contain('hunter2');
  });
});
