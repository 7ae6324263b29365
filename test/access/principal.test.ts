import { expect } from 'chai';
import { type Action, createPrincipals, type Principal } from '../../server/access/principal.ts';

const DEVICES = new Map([
  ['phone', { secured: true }],
  ['open', { secured: false }],
]);

function principals({ strangersSend = false, strangersReceive = false } = {}) {
  return createPrincipals({ devices: DEVICES, strangersSend, strangersReceive });
}

const proof = async () => {};
const device = (name: string, switches = {}) => principals(switches).device({ name, groups: [] }, proof);

/** What a principal may do, as `action target` each. */
function rights(principal: Principal): string[] {
  const questions: readonly (readonly [Action, string?])[] = [
    ['send', 'phone'],
    ['receive', 'phone'],
    ['receive', 'open'],
    ['receive', 'new'],
    ['read'],
    ['read', 'phone'],
    ['read', 'open'],
    ['manage'],
    ['manage', 'phone'],
  ];
  return questions.filter((question) => principal.may(...question)).map((question) => question.join(' '));
}

describe('Principal.may', () => {
  it('lets the owner do everything', () => {
    expect(rights(principals().owner)).to.have.length(9);
    expect(principals().owner).to.include({ kind: 'owner', name: '', proven: true });
  });

  it('lets a device send, be itself, read its own messages, and remove devices', () => {
    const phone = device('phone');
    expect(rights(phone)).to.deep.equal(['send phone', 'receive phone', 'read', 'read phone', 'manage phone']);
    expect(phone).to.include({ kind: 'device', name: 'phone', proven: true, proof });
  });

  it('lets a sender that is no device send and become one', () => {
    expect(rights(device('new'))).to.deep.equal(['send phone', 'receive new']);
  });

  it('lets a device whose name no one had to prove do nothing, once a proof is asked for', () => {
    expect(rights(device('open'))).to.deep.equal([]);
    expect(device('open').proven).to.equal(false);
    expect(rights(device('open', { strangersReceive: true }))).to.deep.equal(['receive open']);
    expect(rights(device('open', { strangersSend: true }))).to.deep.equal(['send phone']);
  });

  it('lets a stranger do what the config allows, and never be a device that has proven its name', () => {
    expect(rights(principals().stranger)).to.deep.equal([]);
    expect(rights(principals({ strangersSend: true }).stranger)).to.deep.equal(['send phone']);
    const open = principals({ strangersReceive: true }).stranger;
    expect(rights(open)).to.deep.equal(['receive open', 'receive new']);
    expect(open).to.include({ kind: 'stranger', name: '', proven: false });
  });

  it('lets a device manage with a token that has the grant of its record, and with no other', () => {
    const devices = new Map([
      ['boss', { secured: true, manage: 'grant' }],
      ['open', { secured: false, manage: 'grant' }],
    ]);
    const made = createPrincipals({ devices, strangersSend: false, strangersReceive: false });
    const tokenOf = (name: string, manage?: string) => made.device({ name, groups: [], manage }, proof);
    const boss = tokenOf('boss', 'grant');
    expect(boss).to.include({ isOwner: true, manage: 'grant' });
    expect(rights(boss)).to.deep.equal(['send phone', 'read', 'read phone', 'read open', 'manage', 'manage phone']);
    expect(boss.may('receive', 'boss')).to.equal(true);
    for (const other of [tokenOf('boss'), tokenOf('boss', 'older'), tokenOf('boss', ''), tokenOf('open', 'grant')]) {
      expect(other).to.include({ isOwner: false, manage: undefined });
      expect(other.may('manage')).to.equal(false);
    }
    devices.set('boss', { secured: true, manage: 'later' });
    expect(boss.isOwner).to.equal(false);
  });

  it('follows what becomes of the device', () => {
    const devices = new Map([['a', { secured: true }]]);
    const a = createPrincipals({ devices, strangersSend: false, strangersReceive: false }).device(
      { name: 'a', groups: [] },
      proof,
    );
    expect(a.may('read', 'a')).to.equal(true);
    devices.delete('a');
    expect(a.may('read', 'a')).to.equal(false);
  });

  it('lets a key send to its default target, and to the members of it if that is a group', () => {
    const devices = new Map([
      ['phone', { secured: true, groups: ['home'] }],
      ['home', { secured: true, groups: [] }],
    ]);
    const all = createPrincipals({ devices, strangersSend: false, strangersReceive: false });
    const targets = (settings: object, sends?: (name: string) => boolean) => {
      const key = all.key({ name: 'k', settings, sends, receives: () => false } as never, proof);
      const names = ['phone', 'home'].flatMap((name) =>
        (['personal', 'group', undefined] as const).map((kind) => [name, kind] as const),
      );
      return names
        .filter(([name, kind]) => key.may('send', name, kind))
        .map(([name, kind]) => `${name} ${kind ?? 'any'}`);
    };
    expect(targets({ device: 'phone' })).to.deep.equal(['phone personal', 'phone any']);
    expect(targets({ device: 'home' })).to.deep.equal(['home personal', 'home any']);
    expect(targets({ group: 'home' })).to.deep.equal(['phone personal', 'phone any', 'home group', 'home any']);
    expect(targets({ device: 'phone', send: ['home'] }, (name) => name === 'home')).to.deep.equal([
      'home personal',
      'home group',
      'home any',
    ]);
    expect(targets({})).to.deep.equal([]);
  });
});
