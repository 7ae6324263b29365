import { expect } from 'chai';
import { readAuthResult } from '../../../../pwa/src/model/sync/auth-result.ts';

describe('readAuthResult', () => {
  const read = (packet: object, isAccepted = false) => {
    const result = readAuthResult({ cmd: 'AUTH', data: undefined, ...packet }, isAccepted);
    return result === undefined || result.kind === 'accepted' ? result?.kind : `${result.kind} ${result.why.key}`;
  };

  const cases: [string, object, string | undefined, boolean?][] = [
    ['an acceptance', { data: { code: 200, auth: 'jwt' } }, 'accepted'],
    ['a token that has ended', { cmd: 'INFO', data: 'x', code: 'revoked' }, 'refused connection.refused.removed'],
    ['a wrong token', { data: { code: 403, msg: 'x' }, code: 'unauthorized' }, 'refused connection.refused.token'],
    ['a name that may not be used', { data: { code: 403 }, code: 'forbidden' }, 'refused connection.refused.other'],
    ['too many attempts', { data: { code: 429 }, code: 'too_many' }, 'later connection.too_many'],
    ['too many attempts without a name for it', { data: { code: 429, msg: 'x' } }, 'later connection.too_many'],
    ['a refusal of a relay that names no codes', { data: { code: 403, msg: 'x' } }, 'refused connection.refused.other'],
    ['a removal while it is connected', { data: { code: 401 } }, 'refused connection.refused.removed', true],
    ['trouble of the relay', { cmd: 'INFO', data: 'internal error', code: 'internal' }, undefined],
    ['a word to a device that is accepted', { cmd: 'INFO', data: 'x', code: 'invalid' }, undefined, true],
    ['a message', { cmd: 'MESSAGE', data: { mid: '1' } }, undefined],
    ['data that is none', { data: 'x' }, undefined],
  ];
  for (const [what, packet, expected, isAccepted] of cases) {
    it(`reads ${what}`, () => expect(read(packet, isAccepted)).to.equal(expected));
  }
});
