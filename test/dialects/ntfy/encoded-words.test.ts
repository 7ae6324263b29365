import { expect } from 'chai';
import { decodeWords } from '../../../server/dialects/ntfy/encoded-words.ts';
import { workOf } from '../../support/work.ts';

const CASES: readonly [text: string, expected: string][] = [
  ['plain', 'plain'],
  ['=?utf-8?B?8J+YgA==?=', '😀'],
  ['a =?UTF-8?q?=C3=BC_b?= c', 'a ü b c'],
  ['=?iso-8859-1?Q?f=FCr?=', 'für'],
  ['=?us-ascii?Q?x?=', 'x'],
  ['=?utf-8?Q?a?= \t =?utf-8?B?Yg==?= c', 'ab c'],
  ['=?utf-8*en?Q?x?=', 'x'],
  ['=?koi8-r?B?8J+YgA==?=', '=?koi8-r?B?8J+YgA==?='],
  ['=?utf-8?X?a?=', '=?utf-8?X?a?='],
  ['=?utf-8?Q?a b?=', '=?utf-8?Q?a b?='],
  ['=?utf-8?Q??=', ''],
  ['=?', '=?'],
];

describe('decodeWords', () => {
  for (const [text, expected] of CASES) it(`reads ${text}`, () => expect(decodeWords(text)).to.equal(expected));

  it('takes no longer for a long text of beginnings', () => {
    const text = '=?utf-8?Q?'.repeat(1600);
    const work = workOf(() => expect(decodeWords(text)).to.equal(text));
    expect(work).to.be.below(500);
  });
});
