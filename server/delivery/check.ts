// Checks whether a push reaches a device, with a test message that bypasses the queue, is not stored, and is not
// retried.
import { plainContent } from '../../shared/content.ts';
import type { Message } from '../../shared/message.ts';
import type { Device } from './device.ts';
import type { Draft } from './message.ts';
import type { MessageLog, Outcome, Transport } from './ports.ts';

/** What a check needs. */
export interface PushCheckPorts {
  readonly transports: ReadonlyMap<string, Transport>;
  readonly log: Pick<MessageLog, 'append'>;
  createMessage(draft: Draft): Message;
}

/** How the push service answered, or why it was not asked. */
export type PushCheckResult = { readonly mid: string; readonly outcome: Outcome } | 'no_subscription' | 'off';

/** Makes the check: it pushes a message whose `extra.check` is true to the device's browser. */
export function createPushCheck({
  transports,
  log,
  createMessage,
}: PushCheckPorts): (device: Device) => Promise<PushCheckResult> {
  return async ({ name, routes }) => {
    const transport = transports.get('webpush');
    if (transport === undefined) return 'off';
    const address = routes['webpush'];
    if (address === undefined) return 'no_subscription';
    const message = createMessage({
      sendType: 'personal',
      target: name,
      from: { method: 'http', name },
      content: plainContent('Herald', '', { check: true }),
    });
    // Without recipients, the log stores only the mid, so that no other message ever gets the same one.
    await log.append(message, []);
    const outcome = await transport.deliver(name, address, message, new AbortController().signal);
    return { mid: message.mid, outcome };
  };
}
