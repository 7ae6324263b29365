// The options of a send as mpush's dialect shows them: parameters, fields of a packet's data, and one header.
import type { Principal } from '../../access/principal.ts';
import { EMERGENCY_NAMES } from '../../messages/emergency-options.ts';
import { type OptionsContext, readIdempotency, type SendOptions } from '../../messages/options.ts';
import type { HttpRequest } from '../kit/http-message.ts';
import { createResolveTarget } from '../kit/resolve-target.ts';
import { field } from './packets.ts';
import type { MpushConfig, MpushPorts } from './ports.ts';

/**
 * What reading options needs.
 * @param request of a sender over HTTP
 */
export function optionsContext(
  { clock, devices, publicUrl }: Pick<MpushPorts, 'clock' | 'devices' | 'publicUrl'>,
  config: Pick<MpushConfig, 'schedule' | 'emergencies'>,
  sender: Pick<Principal, 'may'>,
  request?: HttpRequest,
): OptionsContext {
  return {
    now: clock.now(),
    maxDelay: config.schedule.maxDelay,
    emergencies: config.emergencies,
    resolveTarget: createResolveTarget(devices, sender),
    publicUrl: request && (() => publicUrl(request)),
  };
}

/** An option in the data of a packet. Those of an emergency may also be in its extras, where the priority is. */
export function packetOption(data: unknown, name: string): unknown {
  const own = field(data, name);
  if (own !== undefined || !EMERGENCY_NAMES.has(name)) return own;
  return field(field(field(data, 'message'), 'extra'), name);
}

/** The options with the key in the header `Idempotency-Key`, which goes before the parameter. */
export function withIdempotencyKey(
  options: SendOptions | undefined,
  { headers }: HttpRequest,
): SendOptions | undefined {
  const shown = headers['idempotency-key'];
  if (shown === undefined || shown === '') return options;
  return { ...options, idempotency: readIdempotency(String(shown)) };
}
