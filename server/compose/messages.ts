// Builds what stands on delivery: the entrance of messages, alerts, the schedule, and how pages learn of them.
import type { AnswerInfo, BeatEvent, KeyEvent } from '../../shared/api.ts';
import type { Backend } from '../backends/backend.ts';
import type { Boot } from '../base/boot.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { letGo } from '../base/maybe-promise.ts';
import type { ChannelEvent } from '../channel/connection.ts';
import { eventsChannel, readChannel } from '../channel/relay-app.ts';
import type { Config } from '../config/schema.ts';
import type { Deletion } from '../delivery/deletion.ts';
import type { Device } from '../delivery/device.ts';
import type { Devices } from '../delivery/devices.ts';
import type { Transport } from '../delivery/ports.ts';
import type { Retract } from '../delivery/retract.ts';
import type { Send } from '../delivery/send.ts';
import { createAlerts } from '../messages/alerts.ts';
import { createAnswers } from '../messages/answers.ts';
import { createAsk } from '../messages/ask.ts';
import { createBeats } from '../messages/beats.ts';
import { createClear } from '../messages/clear.ts';
import { createQuietKeeper } from '../messages/digest.ts';
import { createEmergencies } from '../messages/emergency.ts';
import { createIdempotency } from '../messages/idempotency.ts';
import type { TellListeners } from '../messages/live-events.ts';
import { createPublish } from '../messages/publish.ts';
import { createPublishNow } from '../messages/publish-now.ts';
import { createSchedule } from '../messages/schedule.ts';
import { createTimed } from '../messages/timed.ts';
import type { Outbound } from '../outbound/outbound.ts';
import { createAnswerCalls } from './answer-calls.ts';
import type { ChannelSide } from './channels.ts';

/** What this side needs. */
export interface MessageSideParts {
  readonly backend: Backend;
  readonly config: Config;
  readonly clock: Clock;
  readonly boot: Boot | undefined;
  readonly logger: Logger;
  readonly live: Pick<ChannelSide, 'app' | 'channels'>;
  readonly devices: Pick<Devices, 'list' | 'get'>;
  readonly transports: ReadonlyMap<string, Transport>;
  readonly deletion: Deletion;
  readonly send: Send;
  /** Takes notifications from browsers whose page is closed. */
  readonly retract: Retract;
  readonly tellListeners: TellListeners;
  readonly outbound: Pick<Outbound, 'client'>;
  /** Makes what no one else can make, such as the addresses of questions. The same on all nodes. */
  readonly secret: string;
}

/** What listeners call the events of a key. */
const LIVE_KINDS = { alert: 'update', clear: 'clear', delete: 'delete' } as const;

/** Makes this side of a relay. Nothing is sent before `start`. */
export function composeMessages(parts: MessageSideParts) {
  const { backend, config, clock, logger, live, devices, deletion, send } = parts;
  const { documents, log, messageIds, nodes, ownership } = backend;

  /** Tells the pages of all devices that have one of these names or are in one of these groups. */
  function tellPages(
    targets: readonly string[],
    name: 'key' | 'answer' | 'beat',
    event: KeyEvent | AnswerInfo | BeatEvent,
  ): void {
    const data = JSON.stringify(event);
    const isMeant = (device: Device) => [device.name, ...device.groups].some((one) => targets.includes(one));
    for (const device of devices.list().filter(isMeant)) {
      const channel = eventsChannel(device.name);
      const told: ChannelEvent = { type: 'event', name, channel, data };
      letGo(live.channels.publish(live.app, [channel], told));
    }
  }

  /** Tells the pages of the recipients, and the listeners of the target. */
  function tell(event: KeyEvent): void {
    const { target, key, mids = [] } = event;
    tellPages([target], 'key', event);
    letGo(parts.tellListeners({ kind: LIVE_KINDS[event.event], target, data: { ...event } }));
    if (event.event === 'alert' || mids.length === 0) return;
    parts.retract(target, { mids: mids.toReversed(), key, title: '', why: event.event });
  }

  function tellRead(mids: readonly string[]): void {
    const channel = readChannel();
    const data = JSON.stringify({ mids });
    letGo(live.channels.publish(live.app, [channel], { type: 'event', name: 'read', channel, data }));
  }

  const alerts = createAlerts({
    documents,
    clock,
    config: config.alerts,
    keptFor: config.storage.historyTtl,
    node: nodes.self,
    isAlive: async (id) => (await nodes.list()).some((node) => node.id === id),
  });
  const publishNow = createPublishNow({ send, alerts, tell, clock, logger });
  // Nodes that share jobs need not be on one machine.
  const boot = ownership.isShared ? undefined : parts.boot;
  const schedule = createSchedule({ documents, ownership, clock, boot, logger, config: config.schedule });
  const idempotency = createIdempotency({ documents, log, clock });
  const answers = createAnswers({
    documents,
    schedule,
    log,
    messageIds,
    clock,
    logger,
    config: config.answers,
    keptFor: config.storage.historyTtl,
    secret: parts.secret,
    tell: (info) => tellPages([info.target, ...(info.escalated ?? [])], 'answer', info),
    call: createAnswerCalls(parts.outbound, config.answers),
  });
  answers.onSettled(async (info) => {
    const { target, escalated = [], mids, key, title, kind, state, answer, by } = info;
    if (state === 'open') return;
    const read = await log.markRead(mids);
    if (read.length > 0) tellRead(read);
    const outcome = { kind, state, ...(answer === undefined ? {} : { answer }), ...(by === undefined ? {} : { by }) };
    for (const one of [target, ...escalated]) {
      letGo(parts.tellListeners({ kind: 'answer', target: one, data: { ...info } }));
      if (mids.length > 0) {
        parts.retract(one, { mids, ...(key === undefined ? {} : { key }), title, why: 'settled', outcome });
      }
    }
  });
  const quiet = createQuietKeeper({
    devices,
    preset: config.quiet,
    transports: parts.transports,
    log,
    messageIds,
    alerts,
    answers,
    schedule,
    ownership,
    clock,
    random: Math.random,
  });
  const emergencies = createEmergencies({
    documents,
    schedule,
    answers,
    alerts,
    log,
    publishNow,
    tell,
    clock,
    logger,
  });
  alerts.onOk(emergencies.endKey);
  const timed = createTimed({ schedule, log, messageIds, publishDue: emergencies.publish, clock });
  return {
    answers,
    ask: createAsk({ answers, publishNow, idempotency, log, clock, logger }),
    alerts,
    schedule,
    timed,
    quiet,
    emergencies,
    beats: createBeats({
      documents,
      schedule,
      publishNow,
      clock,
      config: config.schedule,
      tell: (event) => tellPages([event.target], 'beat', event),
    }),
    tellKey: tell,
    tellRead,
    clear: createClear({ log, messageIds, send, deletion, alerts, timed, emergencies, tellRead, tell }),
    publish: createPublish({ send, publishDue: emergencies.publish, timed, idempotency }),
  };
}
