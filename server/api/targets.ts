// Which targets a caller of the relay's own interface may see.
import type { SendType } from '../../shared/message.ts';
import type { Principal } from '../access/principal.ts';
import type { ApiPorts } from './ports.ts';

/** Something that is addressed to a device or a group. */
export interface Addressed {
  readonly sendType: SendType;
  readonly target: string;
}

/** Whether what is addressed so reaches the caller. The owner may see everything. */
export function reaches(
  caller: Principal,
  { sendType, target }: Addressed,
  { devices }: Pick<ApiPorts, 'devices'>,
): boolean {
  if (caller.may('manage')) return true;
  if (sendType === 'personal') return caller.may('read', target);
  return caller.kind === 'device' && devices.get(caller.name)?.groups.includes(target) === true;
}
