import { expect } from 'chai';
import { createAuthenticator } from '../../server/access/authenticator.ts';
import { createThrottle } from '../../server/access/throttle.ts';
import { createTokenCheck } from '../../server/access/token.ts';
import { createMemoryGuards } from '../../server/backends/memory-guards.ts';
import { createBlindDigest } from '../../server/base/digest.ts';
import { RelayError } from '../../server/base/errors.ts';
import { fakeClock } from '../support/clock.ts';
import { recordingLogger } from '../support/recording-logger.ts';

const SOURCE = { address: '203.0.113.7', path: '/a.send', dialect: 'mpush' };

function setUp({ limit = 2 } = {}) {
  const clock = fakeClock();
  const ended = new Set<string>();
  let fault: Error | undefined;
  const devices = new Map([['phone', { secured: true }]]);
  /** Devices that another node has registered. */
  const elsewhere: string[] = [];
  const access = createAuthenticator({
    keys: { find: () => undefined },
    lookUpKeys: undefined,
    token: createTokenCheck('right'),
    throttle: createThrottle({
      limit,
      windowMs: 60_000,
      clock,
      logger: recordingLogger().logger,
      store: createMemoryGuards(clock).throttle,
      digest: createBlindDigest(),
    }),
    auth: {
      async verify(jwt) {
        if (fault !== undefined) throw fault;
        if (typeof jwt !== 'string') throw new RelayError('unauthorized', 'jwt must be a string');
        if (!jwt.startsWith('jwt-')) throw new RelayError('unauthorized', 'jwt malformed');
        const check = () => {
          if (ended.has(jwt)) throw new RelayError('revoked', 'jwt revoked');
        };
        check();
        return { name: jwt.slice(4), groups: [], check };
      },
    },
    devices: {
      get: (name) => devices.get(name),
      async catchUp() {
        for (const name of elsewhere.splice(0)) devices.set(name, { secured: true });
      },
    },
    strangersSend: false,
    strangersReceive: false,
  });
  return {
    access,
    ended,
    elsewhere,
    fail: (error: Error) => {
      fault = error;
    },
  };
}

async function refusal(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (error) {
    return error instanceof RelayError ? `${error.code}: ${error.message}` : String(error);
  }
  return 'none';
}

describe('Authenticator.authenticate', () => {
  it('knows the owner at once, without a promise', () => {
    expect(setUp().access.authenticate('right', SOURCE)).to.include({ kind: 'owner' });
  });

  it('takes whoever shows nothing for a stranger, at once', () => {
    const { access } = setUp();
    for (const shown of [undefined, '']) expect(access.authenticate(shown, SOURCE)).to.equal(access.stranger);
  });

  it('knows a device by its own token, and a proof that ends with it', async () => {
    const { access, ended } = setUp();
    const phone = await access.authenticate('jwt-phone', SOURCE);
    expect(phone).to.include({ kind: 'device', name: 'phone', proven: true });
    await phone.proof?.();
    ended.add('jwt-phone');
    expect(await refusal(() => phone.proof?.())).to.equal('revoked: jwt revoked');
    expect(await refusal(() => access.authenticate('jwt-phone', SOURCE))).to.equal(
      'revoked: the token of this device is no longer valid',
    );
  });

  it('refuses other credentials, then for their number, and right ones never', async () => {
    const { access } = setUp();
    const tryOne = (shown: string) => refusal(() => access.authenticate(shown, SOURCE));
    expect(await Promise.all(['a', 'b', 'c'].map(tryOne))).to.deep.equal([
      'unauthorized: the token is wrong',
      'unauthorized: the token is wrong',
      'too_many: too many wrong tokens, try again in 60 s',
    ]);
    expect([await tryOne('right'), await tryOne('jwt-phone'), await tryOne('a')]).to.deep.equal([
      'none',
      'none',
      'unauthorized: the token is wrong',
    ]);
  });

  it('does not count what a fault of the relay kept from being checked', async () => {
    const { access, fail } = setUp({ limit: 1 });
    fail(new Error('no memory'));
    for (const shown of ['a', 'b']) {
      expect(await refusal(() => access.authenticate(shown, SOURCE))).to.equal('Error: no memory');
    }
    expect(access.refuse('c', SOURCE, new RelayError('not_found', 'no')).code).to.equal('not_found');
  });
});

describe('Authenticator.device', () => {
  it("knows a device, and nobody by the relay's token", async () => {
    const { access } = setUp();
    expect(await access.device('jwt-phone', SOURCE)).to.include({ name: 'phone' });
    expect(await refusal(() => access.device('right', SOURCE))).to.equal('unauthorized: jwt malformed');
    expect(await refusal(() => access.device({ toString: 1 }, SOURCE))).to.equal('unauthorized: jwt must be a string');
    expect(await refusal(() => access.device('x', SOURCE))).to.match(/^too_many/);
  });
});

describe('a device that another node has just registered', () => {
  it('is known with all its rights before it is refused anything', async () => {
    const { access, elsewhere } = setUp();
    elsewhere.push('tablet');
    const tablet = await access.authenticate('jwt-tablet', SOURCE);
    expect([tablet.proven, tablet.may('read'), tablet.may('manage', 'phone')]).to.deep.equal([true, true, true]);
    const unknown = await access.authenticate('jwt-nobody', SOURCE);
    expect([unknown.may('send'), unknown.may('read')]).to.deep.equal([true, false]);
  });
});

describe('Authenticator.refuse', () => {
  it('gives the refusal, until there are too many', () => {
    const { access } = setUp();
    const codes = ['a', 'b', 'c'].map((shown) => access.refuse(shown, SOURCE, new RelayError('not_found', 'no')).code);
    expect(codes).to.deep.equal(['not_found', 'not_found', 'too_many']);
  });
});
