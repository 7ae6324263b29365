// One relay of the build for all tests of a file, and what has arrived at its devices.
import { expect } from 'chai';
import { type RelayProcess, startRelayProcess } from '../../e2e/relay-process.ts';
import { forSuite } from '../../support/cleanup.ts';
import { eventually } from '../../support/eventually.ts';
import { tempDir } from '../../support/temp-dir.ts';

/** Runs the built relay for the suite that is being described. The returned function gives it to a test. */
export function builtRelay(config: Record<string, object> = {}): () => RelayProcess {
  return forSuite(async () => startRelayProcess(await tempDir(), config));
}

/** Makes a key for a device of its own, with the device's name. @returns its text */
export async function keyTo(relay: RelayProcess, device: string, settings: object = {}): Promise<string> {
  const body = JSON.stringify({ name: device, device, ...settings });
  const { json, text } = await relay.request('/v1/keys', { method: 'POST', body });
  expect(json?.key, text).to.be.a('string');
  return json.key;
}

/** What a device has got. */
export interface Arrived {
  /** The name of the sender's key. */
  readonly from: string;
  readonly mid: string;
  readonly text: string;
  readonly desp: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads into values of every shape, and fails where it is wrong
  readonly extra: Readonly<Record<string, any>>;
}

/** Everything that was sent to a device, the oldest first. */
export async function arrivedAt(relay: RelayProcess, device: string): Promise<Arrived[]> {
  const { json } = await relay.request(`/v1/devices/${device}/messages`);
  const { messages = [] } = json as { messages?: { from: { name: string }; mid: string; message: object }[] };
  return messages.map(({ from, mid, message }) => ({ from: from.name, mid, ...message }) as Arrived);
}

/** The only message of a device. */
export async function onlyMessage(relay: RelayProcess, device: string): Promise<Arrived> {
  const messages = await eventually(`something has arrived at ${device}`, () => arrivedAt(relay, device), {
    until: ({ length }) => length > 0,
  });
  expect(messages).to.have.length(1);
  return messages[0] as Arrived;
}
