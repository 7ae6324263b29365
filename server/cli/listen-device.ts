// A complete device: it stays connected, reconnects when the connection breaks, and acknowledges handled messages.

import { setMaxListeners } from 'node:events';
import { reconnectDelay } from '../../shared/backoff.ts';
import type { WireMessage } from '../../shared/message.ts';
import type { Clock } from '../base/clock.ts';
import { CommandError } from './command.ts';
import { type Connection, connect, type DeviceIdentity } from './listen-connection.ts';
import { createInbox } from './listen-inbox.ts';

/** What a device needs. */
export interface DevicePorts {
  /** Handles a message. Resolves to whether it may be acknowledged. Settles soon after the signal aborts. */
  handle(message: WireMessage, signal: AbortSignal): Promise<boolean>;
  /** Reports the state of the connection to a person. */
  note(text: string): void;
  readonly clock: Clock;
  /** A number in [0, 1). */
  random(): number;
  /** Ends the device: it finishes the current message, then closes the socket. */
  readonly signal: AbortSignal;
}

/**
 * Runs a device until its signal aborts.
 * @throws CommandError when the relay refuses it or another device takes its name, and what `handle` throws
 */
export async function runDevice(identity: DeviceIdentity, ports: DevicePorts): Promise<void> {
  const { clock, note } = ports;
  const failed = new AbortController();
  const signal = AbortSignal.any([ports.signal, failed.signal]);
  // Each connection and each pause adds a listener and removes it later. Without this, Node would warn of a leak.
  setMaxListeners(0, signal);
  let current: Connection | undefined;
  const inbox = createInbox({
    clock,
    handle: ports.handle,
    acknowledge: (mid) => current?.acknowledge(mid),
    fail: (error) => failed.abort(error),
  });
  const closing = untilAborted(signal)
    .then(() => inbox.close())
    .then(() => current?.close());

  for (let failures = 0; !signal.aborted; failures += 1) {
    const ending = await connect(
      identity,
      {
        clock,
        ready(connection) {
          current = connection;
          failures = 0;
          note(`listening as ${identity.name} on ${identity.url}`);
        },
        message: (message) => inbox.take(message),
        info: (text) => note(`the relay says: ${text}`),
      },
      signal,
    );
    current = undefined;
    if (signal.aborted) break;
    if (ending.kind !== 'lost') {
      await inbox.close();
      throw new CommandError(
        ending.kind === 'taken-over'
          ? `taken over: another device has connected as ${identity.name}`
          : `the relay refuses ${identity.name}: ${ending.why}`,
      );
    }
    const delay = reconnectDelay(failures, ports.random());
    note(`${ending.why}; trying again in ${(delay / 1000).toFixed(1)} s`);
    await pause(clock, delay, signal);
  }
  await closing;
  if (failed.signal.aborted) throw failed.signal.reason;
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Waits, at most until the signal aborts. */
export function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clock.clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = clock.setTimeout(end, ms);
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
  });
}
