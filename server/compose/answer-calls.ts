// Tells the address that a sender chose how its question was settled.

import type { AnswersPorts } from '../messages/answers.ts';
import type { Outbound } from '../outbound/outbound.ts';

/** Longest time in ms that one call may take. */
const TIMEOUT = 10_000;

/** Makes the calls of one relay. Senders choose the addresses, so they must be public unless the config says otherwise. */
export function createAnswerCalls(
  outbound: Pick<Outbound, 'client'>,
  { allowPrivateCallbacks }: { readonly allowPrivateCallbacks: boolean },
): AnswersPorts['call'] {
  const client = outbound.client({ timeout: TIMEOUT, publicOnly: !allowPrivateCallbacks });
  const trusted = outbound.client({ timeout: TIMEOUT });
  return async ({ url, type, body, isTrusted }) => {
    const headers = { 'content-type': type, 'user-agent': 'herald' };
    const request = { method: 'POST', url: new URL(url), headers, body: Buffer.from(body), proxy: undefined } as const;
    // The client ends it when the relay closes.
    const answer = await (isTrusted ? trusted : client).send(request, new AbortController().signal);
    if (answer.fault !== undefined) return { reason: answer.fault };
    const { status, words, after } = answer;
    return status >= 200 && status < 300 ? 'taken' : { reason: words, after };
  };
}
