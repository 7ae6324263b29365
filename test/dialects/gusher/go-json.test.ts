import { expect } from 'chai';
import { goJson } from '../../../server/dialects/gusher/go-json.ts';

describe('goJson', () => {
  it('escapes what has a meaning in HTML, as Go does, and nothing else', () => {
    const value = { a: '<b> & "手"', '<': 1 };
    expect(goJson(value)).to.equal('{"a":"\\u003cb\\u003e \\u0026 \\"手\\"","\\u003c":1}');
    expect(JSON.parse(goJson(value))).to.deep.equal(value);
  });
});
