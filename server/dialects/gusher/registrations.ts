// Registered apps, with their accounts and hooks. Keeps them in the channel core and in the store.
import { z } from 'zod';
import { RelayError } from '../../base/errors.ts';
import { retryConflicts } from '../../base/versioned-store.ts';
import { type App, createApp } from '../../channel/app.ts';
import type { StoredApp } from '../../channel/apps.ts';
import {
  type Credential,
  createPasswordLimiter,
  decoyCredential,
  hashedCredential,
  hashPassword,
  isHash,
} from './credential.ts';
import type { GusherPorts } from './ports.ts';

/** One registered app. */
export interface Registration {
  readonly key: string;
  readonly account: string;
  /** URL that decides whether a socket may connect; `""` for none. */
  readonly connectHook: string;
  /** Address and port of the client that registered it. */
  readonly requestIp: string;
  /** In ms since 1970. */
  readonly createdAt: number;
  readonly credential: Credential;
  readonly app: App;
}

/** What a registration needs. */
export type NewApp = Pick<Registration, 'key' | 'account' | 'connectHook' | 'requestIp'> & {
  readonly password: string;
};

/** All registered apps. Changes resolve when they are durable. */
export interface Registrations {
  /** Checked in place of an app that does not exist, so that the time does not show which apps exist. */
  readonly decoy: Credential;
  get(key: string): Registration | undefined;
  /** In the order of registration. */
  list(): Registration[];
  /** Registers an app. @throws RelayError `invalid` when the key is taken or there are too many apps */
  add(app: NewApp): Promise<Registration>;
  remove(key: string): Promise<void>;
}

const DIALECT = 'gusher';
/** The ids of its apps in the channel core begin with this, and ids of other dialects' apps never do. */
const PREFIX = 'gusher:';
const idOf = (key: string) => PREFIX + key;

/** Longest tag, in characters. Escaping may turn one character into nine in the name of the channel. */
export const MAX_TAG = 1024;
const LIMITS = { subscriptions: 2, channelNameLen: 10_000 };

const settingsSchema = z.strictObject({
  key: z.string().min(1),
  account: z.string(),
  password: z.string().refine(isHash, 'expected a hash'),
  connectHook: z.string(),
  requestIp: z.string(),
  createdAt: z.int(),
});

/**
 * Loads the apps of earlier runs.
 * @throws RelayError `invalid` when one of them does not have the stored shape
 */
export async function createRegistrations(
  { apps, appStore, clock, logger }: Pick<GusherPorts, 'apps' | 'appStore' | 'clock' | 'logger'>,
  maxApps: number,
): Promise<Registrations> {
  const limiter = createPasswordLimiter();
  const registered = new Map<string, Registration>();
  /** Keys of registrations that are not on disk yet. */
  const pending = new Set<string>();

  function open({ password, ...settings }: z.output<typeof settingsSchema>): Registration {
    const credential = hashedCredential(settings.account, password, limiter);
    return { ...settings, credential, app: createApp({ id: idOf(settings.key), keys: [], limits: LIMITS }) };
  }

  function read(stored: StoredApp): Registration {
    const { data } = settingsSchema.safeParse(stored.settings);
    if (data === undefined || stored.id !== idOf(data.key)) {
      throw new RelayError(
        'invalid',
        `the stored app ${JSON.stringify(stored.id)} does not have the form of a gusher app`,
      );
    }
    return open(data);
  }

  function enlist(registration: Registration): void {
    if (registered.has(registration.key)) apps.replace(registration.app);
    else apps.add(registration.app);
    registered.set(registration.key, registration);
  }

  // The only place where a change takes effect, so that changes of all nodes do so in the order of the store.
  appStore.onChange(({ name, record }) => {
    if (record === undefined) {
      if (name.startsWith(PREFIX) && registered.delete(name.slice(PREFIX.length))) apps.remove(name);
    } else if (record.dialect === DIALECT) {
      try {
        enlist(read(record));
      } catch (error) {
        // Only another version of Herald stores settings that this one cannot read.
        logger.error({ app: name, err: error }, 'an app that another node stored cannot be read');
      }
    }
  });
  for (const stored of await appStore.load()) if (stored.dialect === DIALECT) enlist(read(stored));

  return {
    decoy: decoyCredential(limiter),
    get: (key) => registered.get(key),
    list: () => [...registered.values()],

    async add({ password, ...rest }) {
      const { key } = rest;
      if (registered.has(key) || pending.has(key)) throw new RelayError('invalid', 'app_key repeat');
      if (registered.size + pending.size >= maxApps)
        throw new RelayError('invalid', `there are ${maxApps} apps already`);
      pending.add(key);
      try {
        const settings = { ...rest, password: await hashPassword(password, limiter), createdAt: clock.now() };
        const made = open(settings);
        await retryConflicts(async () => {
          if (registered.has(key)) throw new RelayError('invalid', 'app_key repeat');
          const app = { id: made.app.id, dialect: DIALECT, settings };
          return (await appStore.put(app, appStore.version())) === 'stored' ? true : undefined;
        });
        return registered.get(key) ?? made;
      } finally {
        pending.delete(key);
      }
    },

    async remove(key) {
      await appStore.remove(idOf(key));
    },
  };
}
