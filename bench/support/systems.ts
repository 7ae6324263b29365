// A system under test and the load that drives it, each in its own process.
import type { DevicesCall, SendCall, SendResult } from '../clients/load.ts';
import { Child } from './child.ts';
import { tempDir } from './exit.ts';
import { type Measured, measure } from './slices.ts';

/** The systems that a send is measured on: the relay, the relay without storage, and only node:http with ws. */
export const SYSTEMS = ['durable', 'storage off', 'bare'] as const;

/** The name of one of these systems. */
export type SystemName = (typeof SYSTEMS)[number];

/** A running system with its devices connected. */
export interface System {
  /**
   * Loads it for one slice.
   * @throws Error if a recipient did not acknowledge in time, or a message came late or twice
   */
  send(call: Omit<SendCall, 'port'>): Promise<Measured<SendResult>>;
  end(): Promise<void>;
}

/** Starts a system and connects devices to it. */
async function startSystem(name: SystemName, devices: Omit<DevicesCall, 'port'>): Promise<System> {
  const server = new Child(name === 'bare' ? 'bench/servers/bare' : 'bench/servers/relay');
  const load = new Child('bench/clients/load');
  const port = await server.call<number>('start', name === 'durable' ? { dir: tempDir() } : {});
  await load.call('connect', { ...devices, port } satisfies DevicesCall);
  return {
    async send(call) {
      const result = await measure(server, load, () =>
        load.call<SendResult>('send', { ...call, port } satisfies SendCall),
      );
      if (result.unsettled > 0) throw new Error(`${name}: ${result.unsettled} of ${result.count} sends were not ok`);
      if (result.disordered > 0) throw new Error(`${name}: ${result.disordered} messages came late or twice`);
      return result;
    },
    async end() {
      await Promise.all([server.end(), load.end()]);
    },
  };
}

/** Starts several systems and ends them after use. */
export async function withSystems<Name extends SystemName, Result>(
  names: readonly Name[],
  devices: Omit<DevicesCall, 'port'>,
  use: (systems: ReadonlyMap<string, System>) => Promise<Result>,
): Promise<Result> {
  const systems = new Map<string, System>();
  try {
    for (const name of names) systems.set(name, await startSystem(name, devices));
    return await use(systems);
  } finally {
    await Promise.all([...systems.values()].map((system) => system.end()));
  }
}

/** Loads one of the systems. */
export function sendOn(systems: ReadonlyMap<string, System>, name: string, call: Omit<SendCall, 'port'>) {
  const system = systems.get(name);
  if (system === undefined) throw new Error(`${name} is not running`);
  return system.send(call);
}
