import { expect } from 'chai';
import { spanText } from '../../../../pwa/src/views/owner/owner-ui.ts';

describe('spanText', () => {
  it('uses the unit that makes it a whole number, or else one that has at least two', () => {
    const spans: readonly (readonly [number, string])[] = [
      [86_400_000, '24 hr'],
      [7 * 86_400_000, '7 days'],
      [3_600_000, '1 hr'],
      [254_000, '4 min'],
      [61_000, '61 sec'],
      [400, '0.4 sec'],
      [0, '0 sec'],
    ];
    for (const [ms, text] of spans) expect(spanText('en', ms)).to.equal(text);
    expect(spanText('zh', 86_400_000)).to.contain('24');
  });
});
