// From a credential to a principal. No dialect compares a token itself.
import { RelayError } from '../base/errors.ts';
import type { DeviceAuth, DeviceIdentity } from './device-auth.ts';
import { createPrincipals, type Principal, type PrincipalPorts } from './principal.ts';
import type { Source, Throttle } from './throttle.ts';
import type { TokenCheck } from './token.ts';

/** What {@link createAuthenticator} works with. */
export interface AuthenticatorPorts extends PrincipalPorts {
  /** The relay's token. */
  readonly token: TokenCheck;
  readonly auth: Pick<DeviceAuth, 'verify'>;
  readonly throttle: Throttle;
}

/** Tells who is asking. */
export interface Authenticator {
  /** Who shows nothing, or need not show anything. */
  readonly stranger: Principal;
  /**
   * Whose credential this is; the stranger's when there is none. Gives the owner without a promise: most requests are his.
   * @throws RelayError (rejects) for a wrong credential: `unauthorized`, `revoked` or `too_many`
   */
  authenticate(shown: string | undefined, source: Source): Principal | Promise<Principal>;
  /** Whether this is the relay's token. For where a wrong one is not refused; where it is, see `refuse`. */
  isOwner(shown: string | undefined): boolean;
  /**
   * Whose token of a device this is.
   * @throws RelayError (rejects) with the texts of `DeviceAuth.verify`, or `too_many`
   */
  device(jwt: unknown, source: Source): Promise<Principal>;
  /** Counts a wrong credential. @returns the given refusal, or `too_many` */
  refuse(shown: string, source: Source, refusal: RelayError): RelayError;
}

/** Makes the authenticator of one relay. */
export function createAuthenticator(ports: AuthenticatorPorts): Authenticator {
  const { token, auth, throttle } = ports;
  const principals = createPrincipals(ports);

  async function device(
    jwt: unknown,
    source: Source,
    refusalOf: (error: RelayError) => RelayError,
  ): Promise<Principal> {
    const attempt = throttle.begin(typeof jwt === 'string' ? jwt : '', source);
    let identity: DeviceIdentity;
    try {
      identity = await auth.verify(jwt);
    } catch (error) {
      if (error instanceof RelayError) throw attempt.wrong(refusalOf(error));
      attempt.right();
      throw error;
    }
    attempt.right();
    return principals.device(identity, () => auth.verify(jwt));
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

/** The refusal of a text that is neither the relay's token nor that of a device. */
function wrongToken(error: RelayError): RelayError {
  const text = error.code === 'revoked' ? 'the token of this device has ended' : 'the token is wrong';
  return new RelayError(error.code, text, { cause: error });
}
