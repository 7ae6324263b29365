// Who makes a request, and what they may do. Every dialect decides only with `may`.
import type { DeviceIdentity } from './device-auth.ts';
import type { Key } from './keys.ts';

/** What a principal may do to a target. */
export type Action = 'send' | 'receive' | 'read' | 'manage';

/** What a name stands for: a device, or a group. A device and a group may have the same name. */
export type TargetKind = 'personal' | 'group';

/** The caller that makes a request or opens a socket. */
export interface Principal {
  readonly kind: 'owner' | 'key' | 'device' | 'stranger';
  /** The name of the device or of the key; `""` for the owner and for strangers. */
  readonly name: string;
  /** Whether the caller showed the relay's token or a key, or has a device's name that was registered with that token. */
  readonly proven: boolean;
  /** Whether the caller may do everything: who shows the relay's token, and devices that manage the relay. */
  readonly isOwner: boolean;
  /** The grant that lets this device manage the relay, for its next token. */
  readonly manage?: string | undefined;
  /** The key that was shown. */
  readonly key?: Key;
  /**
   * Whether the caller may do this.
   * @param target for `send`, a device or group; absent: any at all. For `receive`, the device that the caller wants to be. For `read`, the device
   * whose messages the caller wants; absent for what all devices share. For `manage`, a device; absent for the relay itself
   * @param kind for `send`, whether the target is a device or a group; absent: either
   */
  may(action: Action, target?: string, kind?: TargetKind): boolean;
  /** Rejects once the device's token or the key has ended. Call it after work that takes time. Absent for the owner and strangers. */
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
    get(
      name: string,
    ): { readonly secured: boolean; readonly groups?: readonly string[]; readonly manage?: string } | undefined;
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
  key(key: Key, proof: () => Promise<unknown>): Principal;
}

/** Makes the principals of one relay. */
export function createPrincipals({ devices, strangersSend, strangersReceive }: PrincipalPorts): Principals {
  const owner: Principal = { kind: 'owner', name: '', proven: true, isOwner: true, may: () => true };

  function strangerMay(action: Action, target = ''): boolean {
    if (action === 'send') return strangersSend;
    return action === 'receive' && strangersReceive && devices.get(target)?.secured !== true;
  }

  /** The grant in the token of a device, if the device still has it: other tokens of the same device manage nothing. */
  function grantOf({ name, manage }: DeviceIdentity): string | undefined {
    const device = devices.get(name);
    return device?.secured === true && device.manage === manage ? manage : undefined;
  }

  function deviceMay(identity: DeviceIdentity, action: Action, target?: string): boolean {
    const { name } = identity;
    const secured = devices.get(name)?.secured;
    if (grantOf(identity) !== undefined) return action !== 'receive' || target === name;
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

  function keySends({ settings: { device, group, send }, sends }: Key, target?: string, kind?: TargetKind): boolean {
    if (target === undefined) return send === undefined ? (device ?? group) !== undefined : send.length > 0;
    if (sends !== undefined) return sends(target);
    const isMember = () => group !== undefined && devices.get(target)?.groups?.includes(group) === true;
    return (kind !== 'group' && (target === device || isMember())) || (kind !== 'personal' && target === group);
  }

  function keyMay(key: Key, action: Action, target?: string, kind?: TargetKind): boolean {
    switch (action) {
      case 'send':
        return keySends(key, target, kind);
      case 'receive':
        return target !== undefined && key.receives(target);
      case 'read':
        return key.settings.manage === true || (target !== undefined && key.receives(target));
      case 'manage':
        return key.settings.manage === true;
    }
  }

  return {
    owner,
    stranger: { kind: 'stranger', name: '', proven: false, isOwner: false, may: strangerMay },
    key: (key, proof) => ({
      kind: 'key',
      name: key.name,
      proven: true,
      isOwner: false,
      key,
      proof,
      may: (action, target, kind) => keyMay(key, action, target, kind),
    }),
    device: (identity, proof) => ({
      kind: 'device',
      name: identity.name,
      proof,
      // Looked up each time. A token for a name that no one had to prove is not a proof.
      get proven() {
        return devices.get(identity.name)?.secured !== false;
      },
      get isOwner() {
        return grantOf(identity) !== undefined;
      },
      get manage() {
        return grantOf(identity);
      },
      may: (action, target) => deviceMay(identity, action, target),
    }),
  };
}
