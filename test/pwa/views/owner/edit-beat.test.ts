import { expect } from 'chai';
import { periodText } from '../../../../pwa/src/views/owner/edit-beat.tsx';
import { readPeriod } from '../../../../server/messages/when.ts';

describe('periodText', () => {
  it('writes times as the relay reads them', () => {
    const times: readonly (readonly [number, string])[] = [
      [86_400_000, '1d'],
      [90 * 60_000, '90m'],
      [3_600_000, '1h'],
      [61_000, '61s'],
      [0, '0s'],
    ];
    for (const [ms, text] of times) expect([periodText(ms), readPeriod(text)]).to.deep.equal([text, ms]);
  });
});
