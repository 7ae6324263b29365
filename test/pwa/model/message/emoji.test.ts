import { expect } from 'chai';
import { emojiOf, loadEmoji } from '../../../../pwa/src/model/message/emoji.ts';

describe('emojiOf', () => {
  before(loadEmoji);

  const known: [string, string][] = [
    ['warning', '⚠️'],
    [':tada:', '🎉'],
    ['+1', '👍'],
    ['WHITE_CHECK_MARK', '✅'],
    ['de', '🇩🇪'],
    ['man_technologist', '👨‍💻'],
    ['octopus', '🐙'],
  ];
  for (const [code, emoji] of known) it(`knows ${code}`, () => expect(emojiOf(code)).to.equal(emoji));

  it('returns undefined for other words, and for names that every object inherits', () => {
    for (const tag of ['backup', '', ':', '::', 'constructor', '__proto__', 'toString']) {
      expect(emojiOf(tag)).to.equal(undefined);
    }
  });
});
