import { expect } from 'chai';
import { RelayError } from '../../server/base/errors.ts';
import {
  checkName,
  checkNewName,
  type Device,
  deviceName,
  pairedBy,
  readGroups,
} from '../../server/delivery/device.ts';

/** Asserts a refusal that blames the caller, with a text that begins like this. */
function refuses(call: () => unknown, text: string): void {
  expect(call)
    .to.throw(RelayError)
    .that.satisfies((error: RelayError) => {
      return error.code === 'invalid' && error.message.startsWith(text);
    });
}

describe('checkName', () => {
  for (const name of [
    'kooritea',
    '张三',
    'a.b',
    'a b',
    '123',
    '__proto__',
    'constructor',
    '👋',
    '%2F',
    'x'.repeat(64),
  ]) {
    it(`takes ${name}`, () => {
      expect(checkName(name)).to.equal(name);
    });
  }

  it('asks for one when it is empty, in the words of mpush', () => {
    refuses(() => checkName(''), 'name property is required');
  });

  const REFUSED: readonly (readonly [why: string, name: string])[] = [
    ['a slash', 'a/b'],
    ['a comma', 'a,b'],
    ['a line break', 'a\nb'],
    ['a zero byte', 'a\0'],
    ['a C1 control character', 'a\u0085b'],
    ['half a surrogate pair', 'a\ud800'],
    ['more than 64 characters', 'x'.repeat(65)],
    ['megabytes', 'x'.repeat(2 ** 20)],
    ['the word mid, a key of every reply', 'mid'],
    ['the word status, a key of every reply', 'status'],
  ];
  for (const [why, name] of REFUSED) {
    it(`refuses ${why}`, () => {
      refuses(() => checkName(name), 'name must be 1 to 64 characters');
    });
  }
});

describe('checkNewName', () => {
  for (const name of ['phone', '张三', 'a b', 'é', '👋', '👩‍💻', '👨‍👩‍👧', '👩🏽‍🚀', '❤️', '🏴']) {
    it(`takes ${name}`, () => {
      expect(checkNewName(name)).to.equal(name);
    });
  }

  const REFUSED: readonly (readonly [why: string, name: string, text: string])[] = [
    ['a blank at the end', 'phone ', 'name must not begin or end with a blank'],
    ['a blank in front', ' phone', 'name must not begin or end with a blank'],
    ['a no-break space at the end', 'phone\u00a0', 'name must not begin or end with a blank'],
    ['an ideographic space at the end', '手机\u3000', 'name must not begin or end with a blank'],
    ['a zero-width space', 'pho\u200bne', 'name must not contain invisible characters; it has U+200B'],
    ['a zero-width joiner between letters', 'pho\u200dne', 'name must not contain invisible characters; it has U+200D'],
    ['a zero-width joiner at the end', '👩\u200d', 'name must not contain invisible characters; it has U+200D'],
    ['a byte order mark', '\ufeffphone', 'name must not contain invisible characters; it has U+FEFF'],
    ['text that runs backwards', 'a\u202eb', 'name must not contain invisible characters; it has U+202E'],
    ['an isolate', '\u2067a\u2069', 'name must not contain invisible characters; it has U+2067'],
    ['a soft hyphen', 'pho\u00adne', 'name must not contain invisible characters; it has U+00AD'],
    ['a Hangul filler', '\u3164', 'name must not contain invisible characters; it has U+3164'],
    ['a tag character', 'a\u{e0041}', 'name must not contain invisible characters; it has U+E0041'],
    ['the form NFD', 'e\u0301', "name must be in Unicode's form NFC"],
  ];
  for (const [why, name, text] of REFUSED) {
    it(`refuses ${why}`, () => {
      refuses(() => checkNewName(name), text);
      expect(checkName(name), 'one that exists stays reachable').to.equal(name);
    });
  }
});

describe('deviceName', () => {
  it('is the name of a device that exists, or the form NFC', () => {
    const device: Device = { name: 'e\u0301', groups: [], routes: {}, secured: true, createdAt: 1 };
    const devices = { get: (name: string) => (name === 'old' ? device : undefined) };
    expect(deviceName('old', devices)).to.equal('e\u0301');
    expect(deviceName('e\u0301', devices)).to.equal('é');
  });
});

describe('readGroups', () => {
  it('gives the form NFC, and keeps an odd group only for a device that is in it', () => {
    expect(readGroups('e\u0301')).to.deep.equal(['é']);
    refuses(() => readGroups('a\u200b'), 'group must not contain invisible characters; it has U+200B');
    expect(readGroups('a\u200b,b', ['a\u200b'])).to.deep.equal(['a\u200b', 'b']);
  });

  const TABLE: readonly (readonly [said: unknown, groups: string[]])[] = [
    [undefined, []],
    [null, []],
    ['', []],
    ['family', ['family']],
    ['family,work', ['family', 'work']],
    [' family , work ,', ['family', 'work']],
    [',,', []],
    [
      ['family', 'work'],
      ['family', 'work'],
    ],
    [[], []],
    [['a', 'a', ' a '], ['a']],
    [5, ['5']],
    ['__proto__', ['__proto__']],
  ];
  for (const [said, groups] of TABLE) {
    it(`reads ${JSON.stringify(said)} as ${JSON.stringify(groups)}`, () => {
      expect(readGroups(said)).to.deep.equal(groups);
    });
  }

  const REFUSED: readonly (readonly [why: string, said: unknown, text: string])[] = [
    ['an object', { a: 1 }, 'group must be a string or an array of strings'],
    ['an object that cannot become text', { toString: 1 }, 'group must be a string or an array of strings'],
    ['an array of numbers', [1], 'group must be a string or an array of strings'],
    ['a nested array', [['a']], 'group must be a string or an array of strings'],
    ['a comma within an array', ['a,b'], 'group must be 1 to 64 characters'],
    ['a slash', 'a/b', 'group must be 1 to 64 characters'],
    ['a group of more than 64 characters', 'x'.repeat(65), 'group must be 1 to 64 characters'],
    ['33 groups', Array.from({ length: 33 }, (_, index) => `g${index}`), 'group must name at most 32 groups'],
    ['33 groups with commas', 'a,'.repeat(33), 'group must name at most 32 groups'],
  ];
  for (const [why, said, text] of REFUSED) {
    it(`refuses ${why}`, () => {
      refuses(() => readGroups(said), text);
    });
  }
});

describe('pairedBy', () => {
  const device = (name: string, createdAt: number, maker?: string): Device => ({
    name,
    groups: [],
    routes: {},
    secured: true,
    createdAt,
    ...(maker === undefined ? {} : { pairedBy: maker }),
  });

  it('follows the codes of a device and of those that it let in', () => {
    const devices = [device('a', 1), device('b', 2, 'a'), device('c', 3, 'b'), device('d', 4), device('e', 5, 'd')];
    expect(pairedBy('a', devices)).to.deep.equal(['b', 'c']);
    expect(pairedBy('d', devices)).to.deep.equal(['e']);
    expect(pairedBy('c', devices)).to.deep.equal([]);
  });

  it('leaves out what an earlier device of the same name let in', () => {
    expect(pairedBy('a', [device('b', 2, 'a'), device('a', 3)])).to.deep.equal([]);
  });

  it('ends where devices name each other', () => {
    expect(pairedBy('a', [device('a', 1, 'b'), device('b', 1, 'a')])).to.deep.equal(['b']);
  });
});
