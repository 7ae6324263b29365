// Sends one report to its hook, as the app and the hook are now. Not here: when (address-queue.ts).
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Apps } from '../channel/apps.ts';
import type { Client } from '../outbound/client.ts';
import type { ReportOutcome, Sending } from './address-queue.ts';
import type { ReportStore, StoredReport } from './report-store.ts';
import { addressOf, type HookTarget, hookRequest } from './request.ts';

/** What attempts need. */
export interface AttemptsPorts {
  readonly store: Pick<ReportStore, 'body'>;
  readonly apps: Pick<Apps, 'byId'>;
  /**
   * Resolves when this node knows every app that another node has made so far; to false if another node has another config,
   * which may have apps and hooks that this one does not know.
   */
  knowsAllApps(): Promise<boolean>;
  readonly client: Client;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Counts attempts and results; undefined if metrics are off. */
  readonly meter?: HookMeter | undefined;
  /** Called when a server of an app answered, or could not be reached: then with the reason. */
  answered?(app: string, origin: string, reason?: string): void;
}

/** The counters of app webhooks. */
export interface HookMeter {
  attempted(transport: string, outcome: 'confirmed' | 'retry' | 'refused'): void;
  retried(transport: string): void;
  reached(status: 'ok' | 'failed', transport: string): void;
}

/** What identifies a hook. */
type HookId = Pick<StoredReport, 'app' | 'address' | 'hook'>;

/** The name under which app webhooks are measured. */
export const HOOK = 'hook';
/** An address is logged when a report has failed this many times. */
const LOG_AFTER = 3;
/** Least time in ms between two log lines about the same address. */
const LOG_INTERVAL = 600_000;

const OUTCOMES = {
  taken: 'confirmed',
  refused: 'retry',
  unavailable: 'retry',
  aborted: 'retry',
  unwanted: 'refused',
} as const;

/** Makes the attempts of one relay. Those under way end as `aborted` when `signal` aborts. */
export function createAttempts(ports: AttemptsPorts, signal: AbortSignal) {
  const { store, apps, knowsAllApps, client, clock, logger, meter } = ports;

  function findTarget({ app: id, address, hook }: HookId): HookTarget | undefined {
    const app = apps.byId(id);
    const hooks = app?.hooks.filter((one) => addressOf(one) === address) ?? [];
    // If the app has fewer hooks than before a restart, its first hook with this address gets the report.
    const target = hooks[hook] ?? hooks[0];
    return app === undefined || target === undefined ? undefined : { app, hook: target };
  }

  async function attempt({ report, body: kept }: Sending): Promise<ReportOutcome> {
    const isKnown = findTarget(report) !== undefined || (await knowsAllApps());
    const target = findTarget(report);
    if (target === undefined && !isKnown) return { kind: 'refused', reason: 'only nodes with another config know it' };
    if (target?.app.enabled !== true) return { kind: 'unwanted', reason: 'the app has no such hook' };
    const body = kept ?? (await store.body(report));
    if (body === undefined) return { kind: 'unwanted', reason: 'the report is no longer stored' };
    const request = hookRequest(target, report.request, body);
    if (request === undefined) return { kind: 'unwanted', reason: 'the app has no active key' };
    const answer = await client.send({ ...request, proxy: undefined }, signal);
    if (signal.aborted) return { kind: 'aborted' };
    if (answer.fault !== undefined) return { kind: 'unavailable', reason: answer.fault };
    const { status, words: reason, after } = answer;
    if (status >= 200 && status < 300) return { kind: 'taken' };
    const concernsAll = after !== undefined || [429, 502, 503, 504].includes(status);
    return concernsAll ? { kind: 'unavailable', reason, after } : { kind: 'refused', reason };
  }

  /** What a log line says of a hook. Only the origin, because the rest of the URL may contain a password. */
  function factsOf(id: HookId) {
    const target = findTarget(id);
    return { app: id.app, ...(target === undefined ? {} : { webhook: new URL(target.hook.url).origin }) };
  }

  function noteAnswer(report: StoredReport, outcome: ReportOutcome): void {
    if (ports.answered === undefined || outcome.kind === 'aborted' || outcome.kind === 'unwanted') return;
    const { webhook } = factsOf(report);
    if (webhook !== undefined) ports.answered(report.app, webhook, 'reason' in outcome ? outcome.reason : undefined);
  }

  /** Makes a function that logs a warning about an address, at most once per interval. */
  function createWarning(text: string) {
    let last = Number.NEGATIVE_INFINITY;
    return (id: HookId, facts: object): void => {
      if (clock.monotonic() - last < LOG_INTERVAL) return;
      last = clock.monotonic();
      logger.warn({ ...factsOf(id), ...facts }, text);
    };
  }

  return {
    factsOf,
    createWarning,
    /** Makes the function that tries the reports of one address. @param waiting how many reports wait there */
    forAddress(waiting: () => number) {
      const warn = createWarning('a webhook keeps refusing; its reports wait');
      return async (sending: Sending, tries: number): Promise<ReportOutcome> => {
        if (tries > 1) meter?.retried(HOOK);
        try {
          const outcome = await attempt(sending);
          meter?.attempted(HOOK, OUTCOMES[outcome.kind]);
          noteAnswer(sending.report, outcome);
          if ('reason' in outcome && tries >= LOG_AFTER) {
            warn(sending.report, { reason: outcome.reason, waiting: waiting() });
          }
          return outcome;
        } catch (error) {
          logger.error({ err: error, app: sending.report.app }, 'a report could not be sent; it is tried again');
          return { kind: 'refused', reason: 'internal error' };
        }
      };
    },
  };
}
