// Turns a credential into a principal. No dialect compares a token itself.
import { RelayError } from '../base/errors.ts';
import type { DeviceAuth, VerifiedDevice } from './device-auth.ts';
import { isKeyForm } from './key-record.ts';
import type { Keys, ShownKey } from './keys.ts';
import { createPrincipals, type Principal, type PrincipalPorts } from './principal.ts';
import type { Source, Throttle } from './throttle.ts';
import type { TokenCheck } from './token.ts';

/** What {@link createAuthenticator} needs. */
export interface AuthenticatorPorts extends PrincipalPorts {
  /** The relay's token. */
  readonly token: TokenCheck;
  readonly auth: Pick<DeviceAuth, 'verify'>;
  readonly keys: Pick<Keys, 'find'>;
  /** Looks for keys that other nodes have just made; undefined if there is one node. */
  readonly lookUpKeys: (() => Promise<void>) | undefined;
  readonly devices: PrincipalPorts['devices'] & {
    /** Resolves when every change that any node made before this call is known here. */
    catchUp(): Promise<void>;
  };
  readonly throttle: Throttle;
}

/** Finds out who a caller is. */
export interface Authenticator {
  /** A caller that shows no credential, or need not show one. */
  readonly stranger: Principal;
  /**
   * The principal of a credential; the stranger when there is none. Returns the owner and keys without a promise, because
   * most requests come from them.
   * @throws RelayError (rejects) for a wrong credential: `unauthorized`, `revoked` or `too_many`
   */
  authenticate(shown: string | undefined, source: Source): Principal | Promise<Principal>;
  /** The principal of a key, for places where only a key counts. @throws RelayError (rejects) as `authenticate` */
  key(shown: string | undefined, source: Source): Principal | Promise<Principal>;
  /** Whether this is the relay's token. Does not count a wrong one; if you refuse it, call `refuse` to count it. */
  isOwner(shown: string | undefined): boolean;
  /**
   * The device that a token belongs to.
   * @throws RelayError (rejects) with the texts of `DeviceAuth.verify`, or `too_many`
   */
  device(jwt: unknown, source: Source): Promise<Principal>;
  /** Counts a wrong credential. @returns the given refusal, or `too_many` */
  refuse(shown: string, source: Source, refusal: RelayError): RelayError;
}

/** Makes the authenticator of one relay. */
export function createAuthenticator(ports: AuthenticatorPorts): Authenticator {
  const { token, auth, keys, throttle, devices } = ports;
  const principals = createPrincipals(ports);

  async function device(
    jwt: unknown,
    source: Source,
    refusalOf: (error: RelayError) => RelayError,
  ): Promise<Principal> {
    const attempt = throttle.begin(typeof jwt === 'string' ? jwt : '', source);
    let identity: VerifiedDevice;
    try {
      identity = await auth.verify(jwt);
    } catch (error) {
      if (error instanceof RelayError) throw attempt.wrong(refusalOf(error));
      attempt.right();
      throw error;
    }
    attempt.right();
    // Another node may have just registered it, or let it manage the relay.
    const known = devices.get(identity.name);
    const isNews = known === undefined || (identity.manage !== undefined && identity.manage !== known.manage);
    if (isNews) await devices.catchUp();
    return principals.device(identity, async () => identity.check());
  }

  const keyOf = ({ key, check }: ShownKey) => principals.key(key, async () => check());

  /** A credential that is no key here: perhaps one that another node has just made. */
  async function lookUp(shown: string, source: Source): Promise<Principal> {
    const attempt = throttle.begin(shown, source);
    if (isKeyForm(shown)) await ports.lookUpKeys?.();
    const found = keys.find(shown);
    if (found === undefined) throw attempt.wrong(new RelayError('unauthorized', 'the token is wrong'));
    attempt.right();
    return keyOf(found);
  }

  function authenticateKey(shown: string | undefined, source: Source): Principal | Promise<Principal> {
    if (shown === undefined || shown === '') return principals.stranger;
    const found = keys.find(shown);
    return found === undefined ? lookUp(shown, source) : keyOf(found);
  }

  return {
    stranger: principals.stranger,
    isOwner: token.matches,
    authenticate(shown, source) {
      if (shown === undefined || shown === '') return principals.stranger;
      if (token.matches(shown)) return principals.owner;
      // Tokens of devices are longer than keys.
      return isKeyForm(shown) ? authenticateKey(shown, source) : device(shown, source, wrongToken);
    },
    key: authenticateKey,
    device: (jwt, source) => device(jwt, source, (error) => error),
    refuse: (shown, source, refusal) => throttle.begin(shown, source).wrong(refusal),
  };
}

/** The refusal of a credential that is neither the relay's token nor a valid token of a device. */
function wrongToken(error: RelayError): RelayError {
  const text = error.code === 'revoked' ? 'the token of this device is no longer valid' : 'the token is wrong';
  return new RelayError(error.code, text, { cause: error });
}
