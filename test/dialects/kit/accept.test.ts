import { expect } from 'chai';
import { readAccept } from '../../../server/dialects/kit/accept.ts';

describe('readAccept', () => {
  const table: readonly (readonly [header: string | undefined, names: boolean, refuses: boolean])[] = [
    [undefined, false, false],
    ['', false, false],
    ['text/html', true, false],
    ['TEXT/HTML', true, false],
    ['text/plain, text/html;q=0.9', true, false],
    ['text/html;level=1;q=0.1', true, false],
    ['text/html;q=0', false, true],
    ['text/html; q=0.000, */*', false, true],
    ['text/html;Q = 0', false, true],
    ['text/html;q=0.001', true, false],
    ['text/htmlx, xtext/html', false, false],
    ['*/*, text/*', false, false],
    [',;,=;q=0', false, false],
  ];
  for (const [header, names, refuses] of table) {
    it(`reads ${JSON.stringify(header)}`, () => {
      const accepted = readAccept(header);
      expect([accepted.names('text/html', 'application/xhtml+xml'), accepted.refuses('text/html')]).to.deep.equal([
        names,
        refuses,
      ]);
    });
  }
});
