// Systems under test and the load that drives each of them, every one in its own process.
import type { DevicesCall, SendCall, SendResult } from '../clients/load.ts';
import type { JoinCall } from '../clients/subscribers.ts';
import { type Contender, ContenderError, type StartOptions, stepOf } from '../contenders/contender.ts';
import { Child } from './child.ts';
import { type Measured, measure, type Work } from './slices.ts';

/** A running system with its load. */
export interface System {
  readonly name: string;
  readonly port: number;
  /** Resident memory in bytes. With `collects` in the options of its start, after a collection. */
  memory(): Promise<number>;
  /** Calls the load for one slice and measures the system meanwhile. */
  slice<W extends Work>(name: string, call: object): Promise<Measured<W>>;
  /** Calls the load without measuring. */
  prepare(name: string, call: object): Promise<void>;
  end(): Promise<void>;
}

/** Starts a system. @param program the load, in bench/clients */
export async function startSystem(contender: Contender, program: string, options: StartOptions = {}): Promise<System> {
  const server = await stepOf(contender, contender.start(options));
  const load = new Child(`bench/clients/${program}`);
  return {
    name: contender.name,
    port: server.port,
    async memory() {
      if (options.collects) await server.collect();
      return stepOf(contender, server.memory());
    },
    slice: (name, call) =>
      stepOf(
        contender,
        measure(server, load, () => load.call(name, call)),
      ),
    prepare: (name, call) => stepOf(contender, load.call(name, call)),
    async end() {
      await Promise.all([server.end(), load.end()]);
    },
  };
}

/** Starts systems one after the other, and ends them after use. */
export async function withSystems<C extends Contender, Result>(
  contenders: readonly C[],
  start: (contender: C) => Promise<System>,
  use: (system: (name: string) => System) => Promise<Result>,
): Promise<Result> {
  const systems = new Map<string, System>();
  try {
    for (const contender of contenders) systems.set(contender.name, await start(contender));
    return await use((name) => {
      const system = systems.get(name);
      if (system === undefined) throw new Error(`${name} is not running`);
      return system;
    });
  } finally {
    await Promise.all([...systems.values()].map((system) => system.end()));
  }
}

/** Starts a system with devices connected. */
export async function startWithDevices(contender: Contender, devices: Omit<DevicesCall, 'port'>): Promise<System> {
  const system = await startSystem(contender, 'load');
  await system.prepare('connect', { ...devices, port: system.port } satisfies DevicesCall);
  return system;
}

/** Starts a system with subscribers in channels of these sizes. */
export async function startWithSubscribers(
  contender: Contender,
  sizes: readonly number[],
  options: StartOptions,
): Promise<System> {
  const { channels: wire } = contender;
  if (wire === undefined) throw new Error(`${contender.name} has no channels`);
  const system = await startSystem(contender, 'subscribers', options);
  await system.prepare('join', { port: system.port, wire, sizes } satisfies JoinCall);
  return system;
}

/**
 * Sends to devices for one slice.
 * @throws ContenderError if a recipient did not acknowledge in time, or a message came after a later one
 */
export async function sendOn(system: System, call: Omit<SendCall, 'port'>): Promise<Measured<SendResult>> {
  const result = await system.slice<SendResult>('send', { ...call, port: system.port } satisfies SendCall);
  const { unsettled, disordered, count } = result;
  if (unsettled > 0) throw new ContenderError(system.name, `${unsettled} of ${count} sends were not ok`);
  if (disordered > 0) throw new ContenderError(system.name, `${disordered} messages came after later ones`);
  return result;
}
