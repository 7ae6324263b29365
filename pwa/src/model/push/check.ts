// Sends a test push to this page, checks each step on its way, and names the step that fails.
import type { PushCheck } from '../../../../shared/api.ts';
import type { Clock } from '../clock.ts';
import { ActionError, type CheckStep, type LocalizedText } from '../model.ts';
import type { RelayApi } from '../relay/api.ts';
import type { Channel } from '../store/channel.ts';
import type { AccountRecord } from '../store/database.ts';
import type { NotificationsPort, Push } from './push.ts';
import { registerSubscription } from './subscription.ts';

/** What a check needs. */
export interface CheckPorts {
  readonly push: Pick<Push, 'account' | 'subscription' | 'state'>;
  readonly notifications: Pick<NotificationsPort, 'permission'>;
  readonly api: Pick<RelayApi, 'registerPush' | 'me' | 'check'>;
  readonly channel: Channel;
  readonly clock: Clock;
  readonly accounts: () => readonly AccountRecord[];
}

type Outcome = PushCheck['outcome'];
type Report = (steps: readonly CheckStep[]) => void;

const PARTS = ['permission', 'subscription', 'server', 'push_service', 'device'] as const;
/** How long a push may take before it counts as lost, in ms. */
const ARRIVES_WITHIN = 30_000;

/** A step throws this when it fails: it has the reason, and the outcome of the whole check. */
class Failure extends Error {
  readonly text: LocalizedText;
  readonly outcome: Outcome;

  constructor(text: LocalizedText, outcome: Outcome) {
    super(text.key);
    this.text = text;
    this.outcome = outcome;
  }
}

/** Runs the check. Calls `report` with all steps whenever one changes. */
export async function checkDelivery(account: AccountRecord, report: Report, ports: CheckPorts): Promise<Outcome> {
  const steps = new Map<string, CheckStep>(PARTS.map((part) => [part, { part, state: 'waiting' }]));
  const set = (step: CheckStep) => {
    steps.set(step.part, step);
    report([...steps.values()]);
  };
  const arrivals = listenForChecks(ports);
  try {
    let outcome: Outcome = 'accepted';
    let mid = '';
    const run: Record<CheckStep['part'], () => Promise<void> | void> = {
      permission: () => checkPermission(ports),
      subscription: () => checkSubscription(account, ports),
      server: () => checkServer(account, ports),
      push_service: async () => {
        ({ outcome, mid } = await checkPushService(account, ports));
      },
      device: () => arrivals.wait(mid),
    };
    for (const part of PARTS) {
      set({ part, state: 'running' });
      try {
        await run[part]();
      } catch (error) {
        set({ part, state: 'failed', why: textOf(error) });
        return error instanceof Failure ? error.outcome : 'retry';
      }
      set({ part, state: 'ok' });
    }
    return outcome;
  } finally {
    arrivals.stop();
  }
}

function textOf(error: unknown): LocalizedText {
  if (error instanceof Failure || error instanceof ActionError) return error.text;
  return { key: 'check.failed', values: { text: error instanceof Error ? error.message : String(error) } };
}

function checkPermission({ notifications, push }: CheckPorts): void {
  if (push.state.value.kind === 'impossible') throw new Failure(push.state.value.why, 'no_subscription');
  const permission = notifications.permission();
  if (permission === 'denied') throw new Failure({ key: 'check.denied' }, 'no_subscription');
  if (permission !== 'granted') throw new Failure({ key: 'check.not_allowed' }, 'no_subscription');
}

async function checkSubscription(account: AccountRecord, { push }: CheckPorts): Promise<void> {
  if ((await push.subscription()) === undefined) throw new Failure({ key: 'check.no_subscription' }, 'no_subscription');
  const relay = push.account();
  if (relay !== undefined && relay.vapidKey !== account.vapidKey) {
    throw new Failure({ key: 'push.other_relay', values: { server: relay.server } }, 'no_subscription');
  }
}

/** Registers again, because the relay may have an older subscription. Then asks the relay whether it has one. */
async function checkServer(account: AccountRecord, { push, accounts, api }: CheckPorts): Promise<void> {
  const subscription = await push.subscription();
  if (subscription === undefined) throw new Failure({ key: 'check.no_subscription' }, 'no_subscription');
  const failure = await registerSubscription(subscription, account, accounts(), api);
  if (failure instanceof ActionError && failure.text.key === 'error.invalid') {
    const text = String(failure.text.values?.['text'] ?? '');
    throw new Failure({ key: 'check.not_registered', values: { text } }, 'no_subscription');
  }
  if (failure !== undefined) throw failure;
  const { routes } = await api.me(account);
  if (!routes.includes('webpush')) {
    throw new Failure({ key: 'check.not_registered', values: { text: '' } }, 'no_subscription');
  }
}

async function checkPushService(account: AccountRecord, { api }: CheckPorts): Promise<PushCheck> {
  const check = await api.check(account);
  const { outcome, reason = '' } = check;
  const why: Record<Outcome, LocalizedText | undefined> = {
    accepted: undefined,
    no_subscription: { key: 'check.not_registered', values: { text: reason } },
    off: { key: 'check.off' },
    gone: { key: 'check.gone' },
    retry: { key: 'check.retry', values: { reason } },
    refused: { key: 'check.refused', values: { reason } },
  };
  const words = why[outcome];
  if (words !== undefined) throw new Failure(words, outcome);
  return check;
}

/** Listens from the start, because the push may be faster than the relay's answer. */
function listenForChecks({ channel, clock }: CheckPorts) {
  const arrived = new Set<string>();
  let wake = () => {};
  const stop = channel.listen((note) => {
    if (note.kind !== 'check') return;
    arrived.add(note.mid);
    wake();
  });
  return {
    stop,
    async wait(mid: string): Promise<void> {
      let isLate = false;
      const timer = clock.setTimeout(() => {
        isLate = true;
        wake();
      }, ARRIVES_WITHIN);
      while (!arrived.has(mid) && !isLate) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      clock.clearTimeout(timer);
      if (!arrived.has(mid)) {
        throw new Failure({ key: 'check.no_arrival', values: { seconds: ARRIVES_WITHIN / 1000 } }, 'accepted');
      }
    },
  };
}
