// Finds the device or group that a sender names beside the target of its message.
import type { Principal } from '../../access/principal.ts';
import { RelayError } from '../../base/errors.ts';
import type { Device } from '../../delivery/device.ts';
import type { EscalationTarget, ResolveTarget } from '../../messages/emergency-options.ts';

/** What a name may mean. */
interface Targets {
  get(name: string): Device | undefined;
  groups(): readonly string[];
}

/** The device or else the group of that name. */
export function findTarget(name: string, devices: Targets): EscalationTarget | undefined {
  const device = devices.get(name);
  if (device !== undefined) return { sendType: 'personal', target: device.name };
  const group = name.normalize();
  return devices.groups().includes(group) ? { sendType: 'group', target: group } : undefined;
}

const FORMS = { group: 'group:', hook: 'hook:' } as const;

/**
 * Makes the function that finds targets by name: a device, or else a group. `group:ops` is always the group, and `hook:oncall`
 * the webhook of that name.
 */
export function createResolveTarget(devices: Targets, sender: Pick<Principal, 'may'>): ResolveTarget {
  function find(named: string): EscalationTarget | undefined {
    const given = named.normalize();
    const after = (form: string) => (given.startsWith(form) ? given.slice(form.length) : undefined);
    const [group, hook] = [after(FORMS.group), after(FORMS.hook)];
    const device = devices.get(named) ?? devices.get(given);
    if (device !== undefined) return { sendType: 'personal', target: device.name };
    const target = group ?? given;
    if (devices.groups().includes(target)) return { sendType: 'group', target };
    const webhook = hook === undefined ? undefined : devices.get(hook);
    if (webhook?.routes['webhook'] === undefined) return undefined;
    return { sendType: 'personal', target: webhook.name };
  }

  return (named) => {
    const found = find(named);
    // What exists is told only to those who may send to it.
    if (!sender.may('send', found?.target ?? named)) {
      throw new RelayError('forbidden', `then names ${named.slice(0, 100)}, to which this sender may not send`);
    }
    if (found === undefined) {
      throw new RelayError('invalid', `then names ${named.slice(0, 100)}, which is neither a device nor a group`);
    }
    return found;
  };
}
