// Turns a credential into a principal. No dialect compares a token itself.
import { RelayError } from '../base/errors.ts';
import type { DeviceAuth, VerifiedDevice } from './device-auth.ts';
import { createPrincipals, type Principal, type PrincipalPorts } from './principal.ts';
import type { Source, Throttle } from './throttle.ts';
import type { TokenCheck } from './token.ts';

/** What {@link createAuthenticator} needs. */
export interface AuthenticatorPorts extends PrincipalPorts {
  /** The relay's token. */
  readonly token: TokenCheck;
  readonly auth: Pick<DeviceAuth, 'verify'>;
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
   * The principal of a credential; the stranger when there is none. Returns the owner without a promise, because most requests
   * come from the owner.
   * @throws RelayError (rejects) for a wrong credential: `unauthorized`, `revoked` or `too_many`
   */
  authenticate(shown: string | undefined, source: Source): Principal | Promise<Principal>;
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
  const { token, auth, throttle, devices } = ports;
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
    // Another node may have just registered it.
    if (devices.get(identity.name) === undefined) await devices.catchUp();
    return principals.device(identity, async () => identity.check());
  }

  return {
    stranger: principals.stranger,
    isOwner: token.matches,
    authenticate(shown, source) {
      if (shown === undefined || shown === '') return principals.stranger;
      return token.matches(shown) ? principals.owner : device(shown, source, wrongToken);
    },
    device: (jwt, source) => device(jwt, source, (error) => error),
    refuse: (shown, source, refusal) => throttle.begin(shown, source).wrong(refusal),
  };
}

/** The refusal of a credential that is neither the relay's token nor a valid token of a device. */
function wrongToken(error: RelayError): RelayError {
  const text = error.code === 'revoked' ? 'the token of this device is no longer valid' : 'the token is wrong';
  return new RelayError(error.code, text, { cause: error });
}
