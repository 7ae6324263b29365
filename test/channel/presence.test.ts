import { expect } from 'chai';
import { checkMember, type MemberClaim, memberText, Presence } from '../../server/channel/presence.ts';

const limits = { userIdLen: 128, presenceMemberBytes: 1_024 };

describe('checkMember', () => {
  const nested = JSON.parse('['.repeat(30_000) + ']'.repeat(30_000));
  const cases: [what: string, claim: MemberClaim, refusal: string | undefined][] = [
    ['a text id', { id: '1', info: { name: 'A' } }, undefined],
    ['a numeric id', { id: 0 }, undefined],
    ['the greatest id', { id: 2 ** 53 }, undefined],
    ['an odd id', { id: '__proto__' }, undefined],
    ['an empty id', { id: '' }, 'member_invalid'],
    ['a fraction', { id: 1.5 }, 'member_invalid'],
    ['NaN', { id: Number.NaN }, 'member_invalid'],
    ['a number beyond 2^53', { id: 1e300 }, 'member_invalid'],
    ['128 characters', { id: 'x'.repeat(128) }, undefined],
    ['129 characters', { id: 'x'.repeat(129) }, 'user_id_too_long'],
    ['1,024 bytes', { id: '1', info: 'x'.repeat(1_024 - memberText({ id: '1', info: '' }).length) }, undefined],
    [
      '1,025 bytes',
      { id: '1', info: 'x'.repeat(1_025 - memberText({ id: '1', info: '' }).length) },
      'member_too_large',
    ],
    ['few characters of many bytes', { id: '1', info: '手'.repeat(400) }, 'member_too_large'],
    ['info nested beyond any stack', { id: '1', info: nested }, 'member_too_large'],
  ];
  for (const [what, claim, refusal] of cases)
    it(`${refusal ?? 'accepted'}: ${what}`, () => expect(checkMember(claim, limits)).to.equal(refusal));

  for (const id of [null, true, {}, ['1']])
    it(`member_invalid: ${JSON.stringify(id)}`, () =>
      expect(checkMember({ id } as unknown as MemberClaim, limits)).to.equal('member_invalid'));
});

describe('Presence', () => {
  it('counts a user once, however many connections, and keeps the first info', () => {
    const presence = new Presence();
    expect(presence.join({ id: '1', info: 'first' })).to.equal(true);
    expect(presence.join({ id: '1', info: 'second' })).to.equal(false);
    expect([...presence.members]).to.deep.equal([['1', { id: '1', info: 'first', connections: 2 }]]);
    expect(presence.leave('1')).to.equal(undefined);
    expect(presence.leave('1')).to.include({ info: 'first' });
    expect(presence.members.size).to.equal(0);
    expect(presence.leave('1')).to.equal(undefined);
  });

  it('takes the number 10 and the text "10" for one user', () => {
    const presence = new Presence();
    presence.join({ id: 10 });
    expect(presence.join({ id: '10' })).to.equal(false);
    expect(presence.members.get('10')).to.include({ id: 10 });
  });
});
