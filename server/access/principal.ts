// Who asks for something, and what they may do. Every dialect decides with `may` and with nothing else.
import type { DeviceIdentity } from './device-auth.ts';

/** What a principal may do to a target. */
export type Action = 'send' | 'receive' | 'read' | 'manage';

/** Whoever makes a request or opens a socket. */
export interface Principal {
  readonly kind: 'owner' | 'device' | 'stranger';
  /** The name of the device; `""` for the owner and for strangers. */
  readonly name: string;
  /** Whether the relay's token stands behind it: it was shown, or the device's name was registered with it. */
  readonly proven: boolean;
  /**
   * @param target `send`: a device or group. `receive`: the device that the principal wants to be. `read`: the device whose
   * messages are asked for; absent for what all devices of the owner share. `manage`: a device; absent for the relay itself
   */
  may(action: Action, target?: string): boolean;
  /** Rejects once the device's token has ended; for work that takes time. Absent for the others, who show nothing that ends. */
  readonly proof?: () => Promise<unknown>;
}

/** What principals are judged by. */
export interface PrincipalPorts {
  readonly devices: {
    /** `secured`: the name was registered with the relay's token, and not while no token was asked for. */
    get(name: string): { readonly secured: boolean } | undefined;
  };
  /** Whether those who show nothing may send: `http.verifyToken` is off. */
  readonly strangersSend: boolean;
  /** Whether those who show nothing may be a device: `websocket.verifyToken` is off. */
  readonly strangersReceive: boolean;
}

/** Makes the principals of one relay. */
export interface Principals {
  readonly owner: Principal;
  readonly stranger: Principal;
  device(identity: DeviceIdentity, proof: () => Promise<unknown>): Principal;
}

/** Makes them. */
export function createPrincipals({ devices, strangersSend, strangersReceive }: PrincipalPorts): Principals {
  const owner: Principal = { kind: 'owner', name: '', proven: true, may: () => true };

  function strangerMay(action: Action, target = ''): boolean {
    if (action === 'send') return strangersSend;
    return action === 'receive' && strangersReceive && devices.get(target)?.secured !== true;
  }

  function deviceMay(name: string, action: Action, target?: string): boolean {
    const secured = devices.get(name)?.secured;
    switch (action) {
      // A sender that showed the token to get its own token need not be registered.
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
      // Looked up each time: a name that no one had to prove gave out tokens that prove nothing.
      get proven() {
        return devices.get(name)?.secured !== false;
      },
      may: (action, target) => deviceMay(name, action, target),
    }),
  };
}
