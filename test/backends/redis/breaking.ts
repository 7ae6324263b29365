// The Redis backend on a connection that breaks after its n-th command, as the contract's harness sees it. Whoever is refused
// calls again, as a sender does that gets a 503.
import type { Backend } from '../../../server/backends/backend.ts';
import { RelayError } from '../../../server/base/errors.ts';
import { eventually } from '../../support/eventually.ts';
import { type FaultWire, layWire, type Moment } from '../../support/redis/wire.ts';
import type { Harness } from '../harness.ts';
import { open, own } from './harness.ts';

/** How the connection of one test breaks. */
export interface Break {
  /** At which command, counted from the first one of the test. */
  readonly command: number;
  readonly moment: Moment;
}

/** Backends that were closed, which answer nothing any more. */
const closed = new WeakSet<object>();

const isAway = (error: unknown) => error instanceof RelayError && error.code === 'unavailable';

/** Calls again as long as Redis is away, until the backend is closed. */
async function again(backend: object, first: Promise<unknown>, call: () => unknown): Promise<unknown> {
  let [answer]: [PromiseSettledResult<unknown>] = await Promise.allSettled([first]);
  await eventually('Redis answers again', async () => {
    if (answer.status === 'fulfilled' || !isAway(answer.reason) || closed.has(backend)) return true;
    [answer] = await Promise.allSettled([call()]);
    return false;
  });
  if (answer.status === 'fulfilled') return answer.value;
  throw answer.reason;
}

/** The patient form of each object, so that it is always the same. */
const known = new WeakMap<object, object>();

/** An object whose calls are made again while Redis is away; so are those of the objects that it has. */
function patient(backend: object, target: object = backend): object {
  const made = known.get(target) ?? makePatient(backend, target);
  known.set(target, made);
  return made;
}

function makePatient(backend: object, target: object): object {
  const isPlain = (value: unknown): value is object =>
    typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
  return new Proxy(target, {
    get(object, name) {
      const value: unknown = Reflect.get(object, name);
      if (isPlain(value)) return patient(backend, value);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        if (target === backend && name === 'close') closed.add(backend);
        const call = (): unknown => value.apply(object, args);
        const result = call();
        if (result instanceof Promise) return again(backend, result, call);
        return name === 'collection' && isPlain(result) ? patient(backend, result) : result;
      };
    },
  });
}

/** One node, whose connection breaks once it owns everything. @param nextBreak says how, for each test */
export function breakingNode(place: () => Promise<string>, nextBreak: () => Break): Harness<Backend> {
  const wires = new Map<string, FaultWire>();
  const wireOf = new WeakMap<Backend, FaultWire>();
  return {
    async place() {
      const [url = '', prefix = ''] = (await place()).split(' ');
      const { port } = new URL(url);
      const wire = await layWire(Number(port));
      const broken = `${url.replace(port, String(wire.port))} ${prefix}`;
      wires.set(broken, wire);
      return broken;
    },
    async open(place) {
      // A start that fails is tried again, as a service manager does it.
      const opened = await again(wires, open(place), () => open(place));
      const backend = patient(opened as Backend) as Backend;
      const wire = wires.get(place);
      if (wire !== undefined) wireOf.set(backend, wire);
      return backend;
    },
    async own(backend) {
      await own(backend);
      const { command, moment } = nextBreak();
      void wireOf.get(backend)?.cutAt(command, moment);
    },
    module: new URL('./harness.ts', import.meta.url),
    sharesPlaces: true,
    callsAgain: true,
  };
}
