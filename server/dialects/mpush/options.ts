// The options of a send as mpush's dialect shows them: parameters, fields of a packet's data, and one header.
import { type OptionsContext, readIdempotency, type SendOptions } from '../../messages/options.ts';
import type { HttpRequest } from '../kit/http-message.ts';
import type { MpushConfig, MpushPorts } from './ports.ts';

/** What options are read with. */
export function optionsContext(
  { clock }: Pick<MpushPorts, 'clock'>,
  config: Pick<MpushConfig, 'schedule'>,
): OptionsContext {
  return { now: clock.now(), maxDelay: config.schedule.maxDelay };
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
