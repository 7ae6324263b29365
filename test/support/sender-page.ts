// Pages about senders that know only a key: each of their lines sends one message to a phone.
import { expect } from 'chai';
import { makeKey, stored } from '../dialects/key-senders.ts';
import type { Line, PageOptions } from './page.ts';

/** Runs a line that sends. @returns the title of the message that has arrived */
export async function titleSent({ play, relay }: Line): Promise<string> {
  const before = (await stored(relay, 'phone')).mid;
  await play();
  const { mid, text } = await stored(relay, 'phone');
  expect(mid, 'a new message').not.to.equal(before);
  return text;
}

/** What {@link describePage} needs for such a page. */
export const sendsWithKey: PageOptions = {
  variables: async (relay) => ({ KEY: await makeKey(relay, { name: 'docs', device: 'phone' }) }),
  step: async (line) => void (await titleSent(line)),
};
