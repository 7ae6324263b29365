import { expect } from 'chai';
import { escapeName, unescapeName } from '../../server/channel/escape.ts';

describe('escapeName', () => {
  for (const [name, escaped] of [
    ['', ''],
    ['Az09_-@,.;', 'Az09_-@,.;'],
    ['=', '=3D'],
    ['a:b c', 'a=3Ab=20c'],
    ['手', '=E6=89=8B'],
    ['#server-to-user-1', '=23server-to-user-1'],
    ['=3D', '=3D3D'],
  ] as const) {
    it(`writes ${JSON.stringify(name)} as ${JSON.stringify(escaped)}, and unescapeName reads it back`, () => {
      expect(escapeName(name)).to.equal(escaped);
      expect(unescapeName(escaped)).to.equal(name);
    });
  }
});

describe('unescapeName', () => {
  for (const escaped of ['a b', ':', '=', '=3', '=3d', '=41', '=FF', '=C0=80', '=ED=A0=80', '%41', '手', 'a\n']) {
    it(`knows nothing behind ${JSON.stringify(escaped)}`, () => {
      expect(unescapeName(escaped)).to.equal(undefined);
    });
  }
});
