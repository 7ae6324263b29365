import type { Clock, Timer } from '../clock.ts';
import type { App, Hook } from './app.ts';
import type { Edge } from './edges.ts';

/** Something that an app may want to hear of: its name, the channel where there is one, and what belongs to it. */
export interface Happening {
  readonly name: string;
  readonly channel?: string;
  readonly [detail: string]: unknown;
}

/** What a hook may ask for; `server_event` is webman's. */
export const HAPPENINGS = [
  'channel_occupied',
  'channel_vacated',
  'member_added',
  'member_removed',
  'client_event',
  'cache_miss',
  'subscription_count',
  'server_event',
] as const;

/** What belongs to a happening, and only the receivers of some hooks are told. */
export interface Aside {
  /** The frame behind it, a JSON object as text. */
  readonly packet?: string;
  /** Who came, as the member describes itself. */
  readonly info?: unknown;
}

/** How long in ms the end of a channel or of a member is kept back: who reloads a page is not reported at all. */
const RETURN_MS = 3_000;
/** How long in ms happenings are gathered for a hook that takes several in one request, and how many that may be. */
const GATHER_MS = 50;
const MAX_GATHERED = 100;

/** What reporting needs. */
export interface ReportsPorts {
  readonly clock: Clock;
  /** Runs a step behind the edges that belong before it, so that an app hears of a channel before what happens there. */
  afterwards(step: () => void): void;
  /** Says it in the words that the receivers of the app's hooks know. */
  word(app: App, happening: Happening, aside: Aside): Happening;
  /** Takes what goes to one hook in one request. */
  emit(app: App, hook: Hook, happenings: readonly Happening[]): void;
}

/** What happens to the channels of all apps, on its way to the apps' hooks. */
export interface Reports {
  edge(edge: Edge): void;
  add(app: App, happening: Happening, aside?: Aside): void;
  /** Reports at once whatever is kept back. */
  close(): void;
}

interface Waiting {
  readonly timer: Timer;
  readonly report: () => void;
}

function wants(hook: Hook, { name, channel }: Happening): boolean {
  if (!hook.events.includes(name)) return false;
  const { prefix = '', suffix = '' } = hook.filter ?? {};
  // A filter chooses among channels, and has nothing to say about what belongs to none.
  return channel === undefined || (channel.startsWith(prefix) && channel.endsWith(suffix));
}

/** Makes the reports of one relay. */
export function createReports({ clock, afterwards, word, emit }: ReportsPorts): Reports {
  /** Ends that are kept back, and what is gathered, in the order in which they are due. */
  const waiting = new Map<unknown, Waiting>();
  const gathered = new Map<Hook, Happening[]>();

  function wait(key: unknown, ms: number, report: () => void): void {
    const run = () => {
      waiting.delete(key);
      report();
    };
    waiting.set(key, { timer: clock.setTimeout(run, ms), report: run });
  }

  /** True when there was something to take back. */
  function cancel(key: string): boolean {
    const one = waiting.get(key);
    if (one === undefined) return false;
    clock.clearTimeout(one.timer);
    return waiting.delete(key);
  }

  function gather(app: App, hook: Hook, happening: Happening): void {
    const before = gathered.get(hook);
    if (before !== undefined) {
      before.push(happening);
      if (before.length >= MAX_GATHERED) flush(app, hook);
      return;
    }
    gathered.set(hook, [happening]);
    wait(hook, GATHER_MS, () => flush(app, hook));
  }

  function flush(app: App, hook: Hook): void {
    const happenings = gathered.get(hook);
    gathered.delete(hook);
    clock.clearTimeout(waiting.get(hook)?.timer);
    waiting.delete(hook);
    if (happenings !== undefined) emit(app, hook, happenings);
  }

  function add(app: App, happening: Happening, aside: Aside = {}): void {
    const hooks = app.hooks.filter((hook) => wants(hook, happening));
    if (hooks.length === 0) return;
    const worded = word(app, happening, aside);
    for (const hook of hooks) {
      if (hook.batch) gather(app, hook, worded);
      else emit(app, hook, [worded]);
    }
  }

  return {
    add(app, happening, aside) {
      if (app.hooks.length === 0) return;
      // One is enough while the app is about to publish.
      const key = happening.name === 'cache_miss' ? `miss\n${app.id}\n${happening.channel}` : undefined;
      if (key !== undefined) {
        if (waiting.has(key)) return;
        wait(key, RETURN_MS, () => {});
      }
      afterwards(() => add(app, happening, aside));
    },

    edge(edge) {
      const { app, channel } = edge;
      if (app.hooks.length === 0) return;
      const user = 'userId' in edge ? edge.userId : undefined;
      const key = `${app.id}\n${channel}\n${user ?? ''}`;
      const member = { channel, ...(user === undefined ? {} : { user_id: user }) };
      switch (edge.type) {
        case 'occupied':
        case 'member_added':
          if (!cancel(key)) {
            const name = user === undefined ? 'channel_occupied' : 'member_added';
            add(app, { name, ...member }, 'info' in edge ? { info: edge.info } : {});
          }
          break;
        case 'vacated':
        case 'member_removed': {
          const name = user === undefined ? 'channel_vacated' : 'member_removed';
          wait(key, RETURN_MS, () => add(app, { name, ...member }));
        }
      }
    },

    close() {
      // Reporting may begin to gather, which is then flushed too.
      for (const { timer, report } of waiting.values()) {
        clock.clearTimeout(timer);
        report();
      }
    },
  };
}
