import { hkdfSync, randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { decodeJwt, decodeProtectedHeader, jwtVerify, SignJWT } from 'jose';
import { createDeviceAuth, type DeviceAuth, type RevocationStore } from '../../server/access/device-auth.ts';
import { deviceKeyOf } from '../../server/access/relay-token.ts';
import { RelayError } from '../../server/base/errors.ts';
import { fakeClock } from '../support/clock.ts';

const NOW = 1_795_298_858_174;
const DAY = 24 * 3600 * 1000;
const signingKey = randomBytes(32);

interface Kept extends RevocationStore {
  readonly entries: Map<string, number>;
}

function kept(): Kept {
  const entries = new Map<string, number>();
  return {
    entries,
    load: async () => new Map(entries),
    put: async (name, at) => {
      entries.set(name, at);
    },
    onChange() {},
  };
}

function setUp(over: { token?: string; revocations?: RevocationStore; now?: number; signingKey?: Buffer } = {}) {
  const clock = fakeClock(over.now ?? NOW);
  const revocations = over.revocations ?? kept();
  const own = deviceKeyOf(over.signingKey ?? signingKey, over.token ?? 'secret');
  const auth = createDeviceAuth({ keys: () => [own], clock, revocations });
  return auth.then((made) => ({ auth: made, clock, revocations }));
}

async function reasonOf(auth: DeviceAuth, jwt: unknown): Promise<string> {
  try {
    await auth.verify(jwt);
  } catch (error) {
    expect(error).to.be.instanceOf(RelayError);
    const { code, message } = error as RelayError;
    return `${code}: ${message}`;
  }
  return 'valid';
}

const encode = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

describe('DeviceAuth.sign', () => {
  it('puts the grant of a device that manages into its token', async () => {
    const { auth } = await setUp();
    const jwt = await auth.sign({ name: 'phone', groups: [], manage: 'grant' });
    expect(await auth.verify(jwt)).to.include({ name: 'phone', manage: 'grant' });
    expect((await auth.verify(await auth.sign({ name: 'phone', groups: [] }))).manage).to.equal(undefined);
  });

  it('makes an HS256 token with the name, the groups and both times', async () => {
    const { auth } = await setUp();
    const jwt = await auth.sign({ name: 'phone', groups: ['home', 'all'] });
    expect(decodeProtectedHeader(jwt)).to.deep.equal({ alg: 'HS256', typ: 'JWT' });
    expect(decodeJwt(jwt)).to.deep.equal({
      name: 'phone',
      group: 'home,all',
      groups: ['home', 'all'],
      iat: NOW / 1000,
      exp: Math.floor(NOW / 1000) + 180 * 24 * 3600,
    });
  });

  it('makes the very bytes that jose makes, which jose takes', async () => {
    const { auth } = await setUp();
    const key = Buffer.from(hkdfSync('sha256', signingKey, 'secret', 'herald device token', 32));
    for (const device of [
      { name: 'phone', groups: [] },
      { name: '张 "三"\u2028\ud800', groups: ['a,b', '🙂', '__proto__'] },
    ]) {
      const jwt = await auth.sign(device);
      const same = new SignJWT({ name: device.name, group: device.groups.join(','), groups: device.groups })
        .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
        .setIssuedAt(NOW / 1000)
        .setExpirationTime(Math.floor(NOW / 1000) + 180 * 24 * 3600);
      expect(jwt).to.equal(await same.sign(key));
      expect((await jwtVerify(jwt, key, { currentDate: new Date(NOW) })).payload['group']).to.equal(
        device.groups.join(','),
      );
    }
  });
});

describe('VerifiedDevice.check', () => {
  it('takes the token until it is revoked', async () => {
    const { auth } = await setUp();
    const device = await auth.verify(await auth.sign({ name: 'phone', groups: [] }));
    device.check();
    await auth.revoke('phone');
    expect(() => device.check())
      .to.throw(RelayError, 'jwt revoked')
      .with.property('code', 'revoked');
  });

  it('takes the token until it expires', async () => {
    const { auth, clock } = await setUp();
    const device = await auth.verify(await auth.sign({ name: 'phone', groups: [] }));
    await clock.tick(180 * DAY - 1000);
    device.check();
    await clock.tick(1000);
    expect(() => device.check())
      .to.throw(RelayError, 'jwt expired')
      .with.property('code', 'unauthorized');
  });
});

describe('DeviceAuth.verify', () => {
  it('gives back the name and the groups', async () => {
    const { auth } = await setUp();
    const jwt = await auth.sign({ name: 'phone', groups: ['home', 'all'] });
    expect(await auth.verify(jwt)).to.deep.include({ name: 'phone', groups: ['home', 'all'] });
  });

  for (const name of ['__proto__', 'constructor', 'toString', '张三', 'a.b "c\\']) {
    it(`serves a device called ${name}`, async () => {
      const { auth, revocations } = await setUp();
      const first = await auth.sign({ name, groups: [name] });
      expect(await auth.verify(first)).to.deep.include({ name, groups: [name] });
      await auth.revoke(name);
      expect(await reasonOf(auth, first)).to.equal('revoked: jwt revoked');
      const { auth: next } = await setUp({ revocations });
      expect(await reasonOf(next, first)).to.equal('revoked: jwt revoked');
    });
  }

  it('takes the longest token that a device can have', async () => {
    const { auth } = await setUp();
    const device = { name: '"'.repeat(64), groups: Array.from({ length: 32 }, (_, n) => '张'.repeat(60) + n) };
    expect(await auth.verify(await auth.sign(device))).to.deep.include(device);
  });

  it('refuses a token after 180 days', async () => {
    const { auth, clock } = await setUp();
    const jwt = await auth.sign({ name: 'phone', groups: [] });
    await clock.tick(180 * DAY - 1000);
    expect(await reasonOf(auth, jwt)).to.equal('valid');
    await clock.tick(1000);
    expect(await reasonOf(auth, jwt)).to.equal('unauthorized: jwt expired');
  });

  it('refuses the tokens of an earlier shared token', async () => {
    const jwt = await (await setUp()).auth.sign({ name: 'phone', groups: [] });
    const { auth } = await setUp({ token: 'changed' });
    expect(await reasonOf(auth, jwt)).to.equal('unauthorized: invalid signature');
  });

  it('refuses the tokens of another relay with the same shared token', async () => {
    const jwt = await (await setUp({ signingKey: randomBytes(32) })).auth.sign({ name: 'phone', groups: [] });
    expect(await reasonOf((await setUp()).auth, jwt)).to.equal('unauthorized: invalid signature');
  });

  it('refuses a token that was signed with the shared token itself', async () => {
    const jwt = await new SignJWT({ name: 'phone', group: '', groups: [] })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .setIssuedAt()
      .sign(Buffer.from('secret'.padEnd(32, '\0')));
    expect(await reasonOf((await setUp()).auth, jwt)).to.equal('unauthorized: invalid signature');
  });

  for (const alg of ['none', 'None', 'HS384', 'HS512', 'RS256', 'ES256', '', '__proto__']) {
    it(`refuses the algorithm ${JSON.stringify(alg)}`, async () => {
      const { auth } = await setUp();
      const [, payload = '', signature = ''] = (await auth.sign({ name: 'phone', groups: [] })).split('.');
      for (const end of ['', signature]) {
        const reason = await reasonOf(auth, `${encode({ alg, typ: 'JWT' })}.${payload}.${end}`);
        expect(reason).to.be.oneOf(['unauthorized: invalid algorithm', 'unauthorized: jwt malformed']);
      }
    });
  }

  for (const part of [0, 1, 2]) {
    it(`refuses a token with a changed part ${part + 1}`, async () => {
      const { auth } = await setUp();
      const parts = (await auth.sign({ name: 'phone', groups: [] })).split('.');
      parts[part] = (await auth.sign({ name: 'other', groups: ['x'] })).split('.')[part] ?? '';
      if (part === 0) parts[0] = encode({ typ: 'JWT', alg: 'HS256' });
      expect(await reasonOf(auth, parts.join('.'))).to.equal('unauthorized: invalid signature');
    });
  }

  const notTexts = [undefined, null, 0, 1, true, {}, [], { name: 'boss' }, ['a.b.c'], Buffer.from('a.b.c'), () => 'a'];
  for (const value of notTexts) {
    it(`refuses ${typeof value} ${JSON.stringify(value)}, which is not a string`, async () => {
      expect(await reasonOf((await setUp()).auth, value)).to.equal('unauthorized: jwt must be a string');
    });
  }

  const malformed: [string, string][] = [
    ['an empty text', ''],
    ['one part', 'abc'],
    ['two parts', 'a.b'],
    ['four parts', 'a.b.c.d'],
    ['dots alone', '..'],
    ['no base64', 'ä.ö.ü'],
    ['a header that is no JSON', `${encode('{')}.${encode({})}.x`],
    ['a header that is null', `${encode('null')}.${encode({})}.x`],
    ['a header that is an array', `${encode('[]')}.${encode({})}.x`],
    ['a header with __proto__', `${encode('{"__proto__":{"alg":"HS256"}}')}.${encode({})}.x`],
    ['a critical extension', `${encode({ alg: 'HS256', crit: ['b64'], b64: false })}.${encode({})}.x`],
    ['a deeply nested header', `${encode(`${'['.repeat(5000)}`)}.x.x`],
    ['1 MiB of letters', 'a'.repeat(1 << 20)],
    ['1 MiB of dots', '.'.repeat(1 << 20)],
    ['lone surrogates', '\ud800.\udfff.\ud800'],
  ];
  for (const [what, jwt] of malformed) {
    it(`calls ${what} malformed`, async () => {
      const reason = await reasonOf((await setUp()).auth, jwt);
      expect(reason).to.equal('unauthorized: jwt malformed');
    });
  }

  it('refuses every truncated token', async () => {
    const { auth } = await setUp();
    const jwt = await auth.sign({ name: 'phone', groups: ['g'] });
    for (let length = 0; length < jwt.length; length += 7) {
      expect(await reasonOf(auth, jwt.slice(0, length))).to.match(/^unauthorized: (jwt malformed|invalid signature)$/);
    }
  });
});

describe('DeviceAuth.revoke', () => {
  it('ends the earlier tokens of that name alone', async () => {
    const { auth } = await setUp();
    const [first, second] = [await auth.sign({ name: 'a', groups: [] }), await auth.sign({ name: 'a', groups: ['g'] })];
    const other = await auth.sign({ name: 'b', groups: [] });
    await auth.revoke('a');
    expect(await reasonOf(auth, first)).to.equal('revoked: jwt revoked');
    expect(await reasonOf(auth, second)).to.equal('revoked: jwt revoked');
    expect(await reasonOf(auth, other)).to.equal('valid');
  });

  it('leaves tokens valid that are signed afterwards in the same millisecond, again and again', async () => {
    const { auth } = await setUp();
    for (let round = 0; round < 3; round += 1) {
      const jwt = await auth.sign({ name: 'a', groups: [] });
      expect(await reasonOf(auth, jwt)).to.equal('valid');
      await auth.revoke('a');
      expect(await reasonOf(auth, jwt)).to.equal('revoked: jwt revoked');
    }
  });

  it('counts at once, before it is durable', async () => {
    let durable = () => {};
    const pending = new Promise<void>((resolve) => {
      durable = resolve;
    });
    const { auth } = await setUp({ revocations: { ...kept(), put: () => pending } });
    const before = await auth.sign({ name: 'a', groups: [] });
    const done = auth.revoke('a');
    const after = await auth.sign({ name: 'a', groups: [] });
    expect(await reasonOf(auth, before)).to.equal('revoked: jwt revoked');
    expect(await reasonOf(auth, after)).to.equal('valid');
    durable();
    await done;
  });

  it('rejects when it cannot be made durable, and still counts', async () => {
    const revocations = { ...kept(), put: () => Promise.reject(new Error('disk full')) };
    const { auth } = await setUp({ revocations });
    const jwt = await auth.sign({ name: 'a', groups: [] });
    const failed = await auth.revoke('a').catch((error: Error) => error.message);
    expect(failed).to.equal('disk full');
    expect(await reasonOf(auth, jwt)).to.equal('revoked: jwt revoked');
  });

  it('outlives a restart, even when the clock was set back in between', async () => {
    const { auth, revocations } = await setUp();
    const ended = await auth.sign({ name: 'a', groups: [] });
    await auth.revoke('a');
    const later = await auth.sign({ name: 'a', groups: [] });

    const { auth: restarted } = await setUp({ revocations, now: NOW - 3_600_000 });
    expect(await reasonOf(restarted, ended)).to.equal('revoked: jwt revoked');
    expect(await reasonOf(restarted, later)).to.equal('valid');
    expect(await reasonOf(restarted, await restarted.sign({ name: 'a', groups: [] }))).to.equal('valid');
    await restarted.revoke('a');
    expect(await reasonOf(restarted, later)).to.equal('revoked: jwt revoked');
  });

  it('says how long the revocation must be kept', async () => {
    const puts: unknown[] = [];
    const revocations = { ...kept(), put: async (...put: unknown[]) => void puts.push(put) };
    await (await setUp({ revocations })).auth.revoke('a');
    expect(puts).to.deep.equal([['a', NOW, 180 * DAY]]);
  });
});

describe('a revocation by another node', () => {
  it('ends the tokens of a node whose clock is ahead, and lets those in that follow', async () => {
    const tellers: ((name: string, at: number) => void)[] = [];
    const node = (now: number) =>
      setUp({
        now,
        revocations: {
          ...kept(),
          put: async (name, at) => {
            for (const tell of tellers) tell(name, at);
          },
          onChange: (listener) => void tellers.push(listener),
          time: () => ({ earliest: NOW - 5, latest: NOW + 5 }),
        },
      });
    const [behind, ahead] = [await node(NOW - DAY), await node(NOW + DAY)];
    const jwt = await ahead.auth.sign({ name: 'a', groups: [] });
    await behind.auth.revoke('a');
    expect(await reasonOf(ahead.auth, jwt)).to.equal('revoked: jwt revoked');
    expect(await reasonOf(behind.auth, jwt)).to.equal('revoked: jwt revoked');
    expect(await reasonOf(behind.auth, await ahead.auth.sign({ name: 'a', groups: [] }))).to.equal('valid');
  });

  it('ends the tokens that followed a revocation by a node that knew the time less well', async () => {
    const tellers: ((name: string, at: number) => void)[] = [];
    const node = (spread: number) =>
      setUp({
        revocations: {
          ...kept(),
          put: async (name, at) => {
            for (const tell of tellers) tell(name, at);
          },
          onChange: (listener) => void tellers.push(listener),
          time: () => ({ earliest: NOW - spread, latest: NOW + spread }),
        },
      });
    const [vague, exact] = [await node(500), await node(1)];
    await vague.auth.revoke('a');
    const jwt = await vague.auth.sign({ name: 'a', groups: [] });
    expect(await reasonOf(vague.auth, jwt)).to.equal('valid');
    await exact.auth.revoke('a');
    expect(await reasonOf(vague.auth, jwt)).to.equal('revoked: jwt revoked');
    expect(await reasonOf(exact.auth, jwt)).to.equal('revoked: jwt revoked');
  });

  /** A device auth, and a function that tells it of a revocation elsewhere. */
  async function followed() {
    let tell: (name: string, at: number) => void = () => {};
    const revocations: RevocationStore = {
      ...kept(),
      onChange: (listener) => {
        tell = listener;
      },
    };
    return { ...(await setUp({ revocations })), tell: (name: string, at: number) => tell(name, at) };
  }

  it('ends tokens, keeps names for the owner, and lets new tokens in', async () => {
    const { auth, tell } = await followed();
    const [jwt, other] = [await auth.sign({ name: 'a', groups: [] }), await auth.sign({ name: 'b', groups: [] })];
    const verified = await auth.verify(jwt);
    tell('a', NOW);
    tell('owner-only/a', NOW);
    expect(await reasonOf(auth, jwt)).to.equal('revoked: jwt revoked');
    expect(() => verified.check()).to.throw('jwt revoked');
    expect([auth.wasRevoked('a'), auth.isOwnerOnly('a'), auth.wasRevoked('b')]).to.deep.equal([true, true, false]);
    expect(await reasonOf(auth, other)).to.equal('valid');
    expect(await reasonOf(auth, await auth.sign({ name: 'a', groups: [] }))).to.equal('valid');
  });

  it('changes nothing when this node knows a later one', async () => {
    const { auth, tell } = await followed();
    await auth.revoke('a');
    const jwt = await auth.sign({ name: 'a', groups: [] });
    tell('a', NOW - DAY);
    expect(await reasonOf(auth, jwt)).to.equal('valid');
  });
});

describe('createDeviceAuth', () => {
  it('takes tokens that an older key has signed, as long as that key counts', async () => {
    const clock = fakeClock(NOW);
    const [one, two] = [deviceKeyOf(signingKey, 'one'), deviceKeyOf(signingKey, 'two')];
    let keys = [one];
    const auth = await createDeviceAuth({ keys: () => keys, clock, revocations: kept() });
    const jwt = await auth.sign({ name: 'a', groups: [] });
    keys = [two, one];
    const { check } = await auth.verify(jwt);
    check();
    const newer = await auth.sign({ name: 'a', groups: [] });
    keys = [two];
    expect(check).to.throw('invalid signature');
    expect([await reasonOf(auth, jwt), await reasonOf(auth, newer)]).to.deep.equal([
      'unauthorized: invalid signature',
      'valid',
    ]);
    keys = [two, one];
    expect(await reasonOf(auth, `${jwt.slice(0, -4)}AAAA`)).to.equal('unauthorized: invalid signature');
    clock.step(181 * DAY);
    expect(await reasonOf(auth, jwt)).to.equal('unauthorized: jwt expired');
  });
});

describe('DeviceAuth.isOwnerOnly', () => {
  it('holds from a removal by another device to the next end of the name, over restarts', async () => {
    const { auth, clock, revocations } = await setUp();
    expect(auth.isOwnerOnly('a')).to.equal(false);
    await auth.revoke('a', true);
    const { auth: next } = await setUp({ revocations });
    for (const one of [auth, next]) {
      expect([one.isOwnerOnly('a'), one.isOwnerOnly('b')]).to.deep.equal([true, false]);
    }
    await clock.tick(1);
    await auth.revoke('a');
    expect(auth.isOwnerOnly('a')).to.equal(false);
    expect((await setUp({ revocations })).auth.isOwnerOnly('a')).to.equal(false);
  });
});
