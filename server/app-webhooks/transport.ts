// What happens to an app's channels, as signed requests to the app's hooks. Not here: what is reported (channel/reports.ts),
// and when to try again; each hook has an outbox like a device's, and the delivery core decides.

import type { Clock } from '../base/clock.ts';
import { hmacHex } from '../base/hmac.ts';
import { type App, activeKey, type Hook } from '../channel/app.ts';
import type { Outgoing } from '../outbound/outgoing.ts';
import type { RunningTransport } from '../transports/transport.ts';
import { signWebman, WEBMAN_HEADERS } from './webman.ts';

/** Name of the transport, and of the one route of every queue. */
export const HOOK = 'hook';

/** How long in ms a report is tried, and how long one attempt may take. */
const LIFETIME_MS = 300_000;
const TIMEOUT_MS = 10_000;

/** A hook and its app, as they are now. */
export interface HookTarget {
  readonly app: App;
  readonly hook: Hook;
}

/** What the transport needs. */
export interface HookPorts {
  readonly clock: Clock;
  /** A hook that a queue belongs to, the `nth` of those that share it; undefined once all are gone. */
  targetOf(queue: string, nth: number): HookTarget | undefined;
}

/** The transport of all hooks. The text of a message is the body of the request, and never changes. */
export function createHookTransport({ clock, targetOf }: HookPorts): RunningTransport {
  let opened: Promise<Outgoing> | undefined;

  /** Loads what sends requests when there is one to send: most relays have no hooks. */
  async function open(): Promise<Outgoing> {
    const [{ createAgents }, { createOutgoing }] = await Promise.all([
      import('../outbound/agents.ts'),
      import('../outbound/outgoing.ts'),
    ]);
    return createOutgoing({ clock, timeout: TIMEOUT_MS, agents: createAgents({ clock, timeout: TIMEOUT_MS }) });
  }

  return {
    name: HOOK,
    // One at a time, since an app has to hear of things in their order.
    window: 1,
    awaitsAcknowledgement: false,
    statuses: { retrying: 'wait' },
    retry: { base: 1_000, cap: 60_000, steady: 0 },

    async deliver(queue, _address, { mid, message }, signal) {
      // Beside the text: which of the hooks it is for, and the id of the request.
      const { nth, id } = message.extra;
      const target = targetOf(queue, Number(nth));
      if (target === undefined || !target.app.enabled) return { kind: 'refused', reason: 'the app has no such hook' };
      const request = buildRequest(target, String(id), message.text);
      if (request === undefined) return { kind: 'refused', reason: 'the app has no active key' };
      opened ??= open();
      const outgoing = await opened;
      const answer = await outgoing.send({ ...request, method: 'POST', proxy: undefined }, signal);
      if (answer.fault === undefined && answer.status >= 200 && answer.status < 300) return { kind: 'confirmed' };
      const reason = answer.fault ?? answer.words;
      // A mid is the time of its message.
      const within = Number(mid) + LIFETIME_MS - clock.now();
      if (within <= 0) return { kind: 'refused', reason };
      return { kind: 'retry', reason, within, after: answer.fault === undefined ? answer.after : undefined };
    },

    async close() {
      (await opened)?.close();
    },
  };
}

/** The request as the SDKs check it. Receivers compare the content type as a whole, so it names no charset. */
function buildRequest({ app, hook }: HookTarget, id: string, text: string) {
  const signer = activeKey(app);
  if (signer === undefined) return undefined;
  const { key, secret } = signer;
  const url = new URL(hook.url);
  url.hash = '';
  const own = new Map(Object.entries(hook.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
  own.set('user-agent', own.get('user-agent') ?? 'herald');
  own.set('content-type', 'application/json');
  own.set('x-pusher-key', key);
  own.set('x-pusher-signature', hmacHex(secret, text));
  if (app.webman) {
    const signed = signWebman(secret, url, id, text);
    url.search = signed.query;
    for (const [name, value] of Object.entries({ ...WEBMAN_HEADERS, sign: signed.sign })) own.set(name, value);
  }
  return { url, headers: Object.fromEntries(own), body: Buffer.from(text) };
}
