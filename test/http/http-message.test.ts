import { expect } from 'chai';
import { readUrl } from '../../server/http/http-message.ts';

describe('readUrl', () => {
  for (const [url, path, querystring] of [
    ['/', '/', ''],
    ['/a.group?', '/a.group', ''],
    ['//a', '//a', ''],
    ['/a%20b.send?text=x?y&z', '/a%20b.send', 'text=x?y&z'],
  ] as const) {
    it(`reads ${url}`, () => {
      expect(readUrl(url)).to.deep.equal({ path, querystring });
    });
  }

  for (const url of ['', 'a.send', '*', 'http://host/a.send', '/a.send#x', '/a.send?t=é', '/a b.send', '/a\t.send']) {
    it(`leaves ${JSON.stringify(url)} to koa`, () => {
      expect(readUrl(url)).to.equal(undefined);
    });
  }
});
