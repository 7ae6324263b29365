// Checks whether a push reaches a device, with a test message that bypasses the queue, is not stored, and is not
// retried.
import { plainContent } from '../../shared/content.ts';
import type { Device } from './device.ts';
import type { MessageLog, Outcome, Transport } from './ports.ts';

/** What a check needs. */
export interface PushCheckPorts {
  readonly transports: ReadonlyMap<string, Transport>;
  readonly log: Pick<MessageLog, 'stamp'>;
}

/** How the push service answered, or why it was not asked. */
export type PushCheckResult = { readonly mid: string; readonly outcome: Outcome } | 'no_subscription' | 'off';

/** Makes the check: it pushes a message whose `extra.check` is true to the device's browser. */
export function createPushCheck({ transports, log }: PushCheckPorts): (device: Device) => Promise<PushCheckResult> {
  return async ({ name, routes }) => {
    const transport = transports.get('webpush');
    if (transport === undefined) return 'off';
    const address = routes['webpush'];
    if (address === undefined) return 'no_subscription';
    const message = await log.stamp({
      sendType: 'personal',
      target: name,
      from: { method: 'http', name },
      content: plainContent('Herald', '', { check: true }),
    });
    const outcome = await transport.deliver(name, address, message, new AbortController().signal);
    return { mid: message.mid, outcome };
  };
}
