// Who makes a request, and what they may do. Every dialect decides only with `may`.
import type { DeviceIdentity } from './device-auth.ts';

/** What a principal may do to a target. */
export type Action = 'send' | 'receive' | 'read' | 'manage';

/** The caller that makes a request or opens a socket. */
export interface Principal {
  readonly kind: 'owner' | 'device' | 'stranger';
  /** The name of the device; `""` for the owner and for strangers. */
  readonly name: string;
  /** Whether the caller showed the relay's token, or has a device's name that was registered with it. */
  readonly proven: boolean;
  /**
   * Whether the caller may do this.
   * @param target for `send`, a device or group. For `receive`, the device that the caller wants to be. For `read`, the device
   * whose messages the caller wants; absent for what all devices share. For `manage`, a device; absent for the relay itself
   */
  may(action: Action, target?: string): boolean;
  /** Rejects once the device's token is revoked. Call it after work that takes time. Absent for the owner and strangers. */
  readonly proof?: () => Promise<unknown>;
}

/** Identifies the sender, for what counts for each sender on its own. */
export function senderOf({ kind, name }: Pick<Principal, 'kind' | 'name'>): string {
  return `${kind}/${name}`;
}

/** What decides the rights of principals. */
export interface PrincipalPorts {
  readonly devices: {
    /** `secured`: the name was registered with the relay's token. False if the relay asked for no token at that time. */
    get(name: string): { readonly secured: boolean } | undefined;
  };
  /** Whether strangers may send: `http.verifyToken` is off. */
  readonly strangersSend: boolean;
  /** Whether strangers may be a device: `websocket.verifyToken` is off. */
  readonly strangersReceive: boolean;
}

/** The principals of one relay. */
export interface Principals {
  readonly owner: Principal;
  readonly stranger: Principal;
  device(identity: DeviceIdentity, proof: () => Promise<unknown>): Principal;
}

/** Makes the principals of one relay. */
export function createPrincipals({ devices, strangersSend, strangersReceive }: PrincipalPorts): Principals {
  const owner: Principal = { kind: 'owner', name: '', proven: true, may: () => true };

  function strangerMay(action: Action, target = ''): boolean {
    if (action === 'send') return strangersSend;
    return action === 'receive' && strangersReceive && devices.get(target)?.secured !== true;
  }

  function deviceMay(name: string, action: Action, target?: string): boolean {
    const secured = devices.get(name)?.secured;
    switch (action) {
      // A sender that got its token by showing the relay's token need not be a registered device.
      case 'send':
        return secured !== false || strangersSend;
      case 'receive':
        return target === name && (secured !== false || strangersReceive);
      case 'read':
        return secured === true && (target === undefined || target === name);
      case 'manage':
        return secured === true && target !== undefined;
    }
  }

  return {
    owner,
    stranger: { kind: 'stranger', name: '', proven: false, may: strangerMay },
    device: ({ name }, proof) => ({
      kind: 'device',
      name,
      proof,
      // Looked up each time. A token for a name that no one had to prove is not a proof.
      get proven() {
        return devices.get(name)?.secured !== false;
      },
      may: (action, target) => deviceMay(name, action, target),
    }),
  };
}
