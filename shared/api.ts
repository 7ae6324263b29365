// The types of the relay's own interface under /v1, for the relay and the page. There is no logic here.
import type { AskKind, Attachment, WireBody } from './content.ts';
import type { SendType, WireMessage } from './message.ts';
import type { Mute, QuietHours } from './quiet.ts';
import type { MappedFields } from './templates.ts';

/** When a device stays silent. */
export interface DeviceQuiet {
  /** Its own quiet hours; false: none. Absent: those of the relay. */
  readonly quiet?: QuietHours | false;
  /** The quiet hours in the config of the relay. */
  readonly quietPreset?: QuietHours;
  /** When the quiet hours end that it has now, ms since 1970. */
  readonly quietUntil?: number;
  /** What it has muted. Absent if that is nothing. */
  readonly mutes?: readonly Mute[];
}

/** A device as its owner and the other devices see it. */
export interface DeviceInfo extends DeviceQuiet {
  readonly name: string;
  readonly groups: readonly string[];
  /** Names of the transports that reach it. */
  readonly routes: readonly string[];
  /** Whether it is connected now. */
  readonly online: boolean;
  /** Deliveries that are not settled. */
  readonly queued: number;
  /** Registration time, ms since 1970. */
  readonly createdAt: number;
  /** The last message that it is known to have received; null if there is none. */
  readonly lastReceived: string | null;
  /** When the relay accepted that message, ms since 1970; null if there is none. */
  readonly lastReceivedAt: number | null;
  /** The device whose code paired this one; absent if it was a code of the owner. */
  readonly pairedBy?: string;
  /** Present if it manages the relay. */
  readonly manage?: true;
}

/** Answer to GET /v1/devices. */
export interface DeviceList {
  readonly devices: readonly DeviceInfo[];
}

/** A live node. Times are in ms since 1970. */
export interface NodeInfo {
  /** Random, another one for each start. */
  readonly id: string;
  readonly name: string;
  /** Whether this node answered the request. */
  readonly self: boolean;
  readonly version: string;
  readonly started: number;
  /** When it was last heard of. */
  readonly seen: number;
  /** Host and port. */
  readonly address: string;
  readonly sockets: number;
  /** How many of the 64 parts of the work it owns. */
  readonly shards: number;
  /** Deliveries that it has to make. */
  readonly queued: number;
  /** How late its event loop is, in ms. */
  readonly lag: number;
  /** Whether it is closing. */
  readonly draining: boolean;
  /** A digest of the config that has to be the same on all nodes. */
  readonly config: string;
}

/** The Redis that the nodes share. */
export interface RedisInfo {
  readonly mode: 'single' | 'sentinel' | 'cluster';
  readonly version: string;
  /** `redis.durability`. */
  readonly durability: 'disk' | 'second' | 'replica' | 'memory';
  /** What can be lost of acknowledged messages, in words. */
  readonly promise: string;
  /** How many nodes of the relay use it. */
  readonly nodes: number;
}

/** Answer to GET /v1/nodes. */
export interface NodeList {
  readonly nodes: readonly NodeInfo[];
  /** Absent if the relay has no Redis. */
  readonly redis?: RedisInfo;
}

/** Answer to DELETE /v1/devices/:name/manage: the device that manages the relay no longer. */
export interface EndedManage {
  readonly ended: string;
}

/** Answer to DELETE /v1/devices/:name. */
export interface Removal {
  readonly removed: string;
  /** With `?paired=1`: the devices that were removed with it, because it, or one of them, had paired them. */
  readonly paired?: readonly string[];
}

/** A message in the history of a name. */
export interface StoredTargetMessage extends Omit<WireMessage, 'retract' | 'digest'> {
  /** 12 characters. */
  readonly id: string;
  /** When the relay accepted it, ms since 1970. Earlier versions of the relay do not send it. */
  readonly createdAt: number;
  /** When the relay stops trying to deliver it, ms since 1970. */
  readonly expiresAt: number;
  /** Whether it was read on any device. */
  readonly read: boolean;
}

/** A message in the history of a device. `status` is the status for this device. */
export interface StoredMessage extends StoredTargetMessage {
  readonly status: string;
  /** Whether its push is held back, because the device has quiet hours or has muted the sender. */
  readonly held?: true;
}

/** Where a page of a history ends. It is bounded in messages and in bytes. */
interface PageEnd {
  /** Whether the relay has more after `last`. Earlier versions of the relay do not send it. */
  readonly more: boolean;
  /**
   * Where the page ends: the `since` or `before` of the next page. It is beyond the last message if the relay could not
   * read one.
   */
  readonly last: string;
}

/** Answer to GET /v1/devices/:name/messages. */
export interface MessagePage extends PageEnd {
  readonly messages: readonly StoredMessage[];
}

/** Answer to GET /v1/targets/:name/messages. */
export interface TargetPage extends PageEnd {
  readonly messages: readonly StoredTargetMessage[];
}

/** Answer to POST /v1/messages/:mid/ack. */
export interface AcknowledgedUpTo {
  readonly mid: string;
  readonly device: string;
  /** Whether that changed anything. */
  readonly acknowledged: boolean;
}

/** Answer to PUT and POST /v1/files: the `attachment` of a message. */
export type UploadedFile = Attachment;

/** Answer to GET /v1/messages/:mid: the state of every recipient. */
export interface MessageState {
  readonly mid: string;
  readonly status: Readonly<Record<string, string>>;
  /** The devices whose push is held back; absent if there are none. */
  readonly held?: readonly string[];
}

/** Answer to POST /v1/pairings: a code that works once, within ten minutes. */
export interface Pairing {
  readonly code: string;
  /** ms since 1970. */
  readonly expiresAt: number;
  /** The page's path that uses the code: `/#pair=<code>`, or `/#manage=<code>` for a code that lets a device manage the relay. */
  readonly path: string;
  /**
   * The host at which other machines in the network reach the relay, for a page at `localhost`; absent if they cannot.
   */
  readonly host?: string;
  /** The public address of the relay, without a slash at the end; absent if `http.url` is not set. */
  readonly url?: string;
}

/** Answer to GET /v1/pairings/:code: what the new device may choose from. */
export interface PairingOffer {
  readonly groups: readonly string[];
  /** Names that are taken. */
  readonly names: readonly string[];
  /**
   * Whether the code may take over one of these names. That ends the tokens, sockets and push routes of the device that
   * had the name. A code that a device made works only for new names.
   */
  readonly mayTakeOver: boolean;
  readonly expiresAt: number;
}

/** Answer to POST /v1/pairings/:code, POST /v1/devices and POST /v1/me/manage: the device as it is registered now. */
export interface Registered {
  readonly name: string;
  readonly groups: readonly string[];
  /** The device's own token. */
  readonly auth: string;
  /** VAPID key for subscriptions; `""` if web push is off. */
  readonly webpushPublicKey: string;
}

/** Answer to PATCH /v1/devices/:name that changes only when the device stays silent. */
export interface ChangedQuiet extends DeviceQuiet {
  readonly name: string;
}

/** Answer to GET /v1/me. */
export interface Me extends DeviceQuiet {
  readonly name: string;
  readonly groups: readonly string[];
  readonly routes: readonly string[];
  /** All groups that any device is in. */
  readonly knownGroups: readonly string[];
  readonly webpushPublicKey: string;
  readonly version: string;
  /** Whether the token that was shown manages the relay. Earlier versions of the relay do not send it. */
  readonly manage: boolean;
}

/** Answer to GET /v1/reads: mids in the order in which they were marked. `cursor` is where the next page begins. */
export interface ReadPage {
  readonly mids: readonly string[];
  readonly cursor: number;
}

/** Answer to POST /v1/check: how the push service answered a test message to the device itself. */
export interface PushCheck {
  /** The test message's id; its notification carries it. */
  readonly mid: string;
  readonly outcome: 'accepted' | 'no_subscription' | 'off' | 'retry' | 'gone' | 'refused';
  /** What went wrong, in words. */
  readonly reason?: string;
}

/** A question and what became of it. Times are in ms since 1970. */
export interface AnswerInfo {
  /** 30 letters and digits, as in `extra.ask` of its messages. */
  readonly id: string;
  readonly kind: AskKind;
  readonly options?: readonly string[];
  /** What the sender takes for the answer if no one answers. */
  readonly default?: string;
  /** When it is over. */
  readonly until: number;
  readonly sendType: SendType;
  readonly target: string;
  /** The key of its messages. */
  readonly key?: string;
  readonly title: string;
  /** Name of the sender; `""` for an anonymous one. */
  readonly from: string;
  /** Its messages, the latest last; at most the latest 20. */
  readonly mids: readonly string[];
  readonly state: 'open' | 'answered' | 'expired' | 'cancelled';
  readonly answer?: string;
  /** Who answered: a device, a key, `owner`, or the target if the answer came by the address in the message. */
  readonly by?: string;
  /** When it was answered, expired or was cancelled. */
  readonly at?: number;
  /** When the callback of the sender has taken it. */
  readonly calledBackAt?: number;
  readonly createdAt: number;
  /** Of an emergency: how often it has rung. */
  readonly round?: number;
  /** Of an emergency: the further targets that it has gone to. */
  readonly escalated?: readonly string[];
}

/** Answer to GET /v1/answers, the latest asked first. */
export interface AnswerList {
  readonly answers: readonly AnswerInfo[];
  /** The `after` of the next page; absent on the last one. */
  readonly cursor?: string;
}

/** Answer to POST /v1/messages/:mid/acknowledge. */
export interface Acknowledged {
  readonly acknowledged: true;
}

/** Body of 409 and 410 from POST /v1/answers/:id: the question as it was settled. */
export interface LateAnswer extends AnswerInfo {
  readonly error: string;
  readonly code: 'conflict' | 'gone';
}

/** The messages of one target with the same key. Times are in ms since 1970. */
export interface AlertInfo {
  /** Of the alert, for its routes. */
  readonly id: string;
  readonly sendType: SendType;
  /** Name of the device or the group. */
  readonly target: string;
  readonly key: string;
  /** Null if no message of the key had a state. The alert is open while it fires. */
  readonly state: 'firing' | 'ok' | 'info' | null;
  /** When it began to fire; if it never fired, when its first message came. */
  readonly since: number;
  /** When it was closed. Absent while it fires, and if it never fired. */
  readonly closedAt?: number;
  /** How many messages it has had since `since`. */
  readonly count: number;
  /** The last message: when it came, and its title. */
  readonly lastAt: number;
  readonly title: string;
  /** Whether the state changes so often that it no longer rings. */
  readonly flapping: boolean;
}

/** Answer to GET /v1/alerts, the latest first. */
export interface AlertList {
  readonly alerts: readonly AlertInfo[];
  /** The `after` of the next page; absent on the last one. */
  readonly cursor?: string;
}

/** Answer to POST /v1/alerts/:id/close. */
export interface ClosedAlert {
  readonly closed: AlertInfo;
}

/** Answer to DELETE /v1/messages: the messages of the key. */
export interface Cleared {
  readonly mids: readonly string[];
  /** With `?delete=1`: the ids of the scheduled messages that were cancelled. */
  readonly cancelled?: readonly string[];
}

/** A message that is not due yet. Times are in ms since 1970. */
export interface ScheduledMessage {
  /** The name that the sender gave it, or else the id of its message. */
  readonly id: string;
  readonly sendType: SendType;
  readonly target: string;
  /** Name of the sender; `""` for an anonymous one. */
  readonly from: string;
  readonly message: WireBody;
  readonly dueAt: number;
  /** The expression of a recurring message, and its time zone. */
  readonly cron?: string;
  readonly tz?: string;
  readonly ring?: 'always' | 'never';
  /** How long the message is worth delivering once it is due, in ms. */
  readonly ttl?: number;
}

/** Answer to GET /v1/scheduled, the next first. */
export interface ScheduledList {
  readonly scheduled: readonly ScheduledMessage[];
  /** The `after` of the next page; absent on the last one. */
  readonly cursor?: string;
}

/** Answer to PATCH /v1/scheduled/:id and POST /v1/scheduled/:id/skip. */
export interface ChangedSchedule {
  readonly scheduled: ScheduledMessage;
}

/** Answer to DELETE /v1/scheduled/:id. */
export interface CancelledSchedule {
  readonly cancelled: string;
}

/** Answer to POST /v1/scheduled/:id/run. */
export interface RanSchedule {
  readonly mid: string;
  readonly status: Readonly<Record<string, string>>;
}

/**
 * The state of a heartbeat: `late` waits for its grace to end, `down` has missed its sign, the last run of `failed` has failed.
 */
export type BeatState = 'up' | 'late' | 'down' | 'failed' | 'paused';

/** One run of what gives signs. */
export interface BeatRun {
  /** ms since 1970. */
  readonly at: number;
  readonly state: 'ok' | 'failed' | 'missing';
  /** The exit code of a run that has failed. */
  readonly exit?: number;
  /** In ms, if the beginning of the run was told. */
  readonly duration?: number;
}

/** A heartbeat. Times are in ms. */
export interface BeatInfo {
  readonly id: string;
  readonly sendType: SendType;
  readonly target: string;
  readonly key: string;
  /** Everyone who knows it may give signs at `/ping/<uuid>`. */
  readonly uuid: string;
  readonly state: BeatState;
  readonly every?: number;
  readonly cron?: string;
  readonly tz?: string;
  readonly grace: number;
  readonly createdAt: number;
  /** The last sign, or when it was made. */
  readonly lastAt: number;
  /** When the run that is under way began. */
  readonly startedAt?: number;
  /** When it counts as missing; absent while it is paused. */
  readonly deadline?: number;
  /** The last 30, the oldest first. */
  readonly runs: readonly BeatRun[];
}

/** A heartbeat changed, as its pages are told. */
export interface BeatEvent {
  readonly id: string;
  readonly target: string;
  /** Null after it was removed. */
  readonly beat: BeatInfo | null;
}

/** Answer to GET /v1/beats, the latest made first. */
export interface BeatList {
  readonly beats: readonly BeatInfo[];
  /** The `after` of the next page; absent on the last one. */
  readonly cursor?: string;
}

/** Answer to a sign, to PATCH /v1/beats/:id and to POST /v1/beats/:id/pause. */
export interface ChangedBeat {
  readonly beat: BeatInfo;
}

/** Answer to DELETE /v1/beats/:id. */
export interface RemovedBeat {
  readonly removed: string;
}

/**
 * Data of the packet KEY, for pages: something happened to the messages of a key. `clear`: their notifications go, and they
 * count as read. `delete`: they go, too. `alert`: the alert has changed.
 */
export interface KeyEvent {
  readonly event: 'clear' | 'delete' | 'alert';
  readonly target: string;
  readonly key: string;
  /** The messages that are cleared or deleted. */
  readonly mids?: readonly string[];
  readonly alert?: AlertInfo;
}

/** One use of a key. */
export interface KeyUseInfo {
  /** ms since 1970. */
  readonly at: number;
  readonly address: string;
  readonly dialect: string;
  /** The title of the message. */
  readonly title: string;
  /** The template that the payload was read with: the program that was recognised, or that the sender named. */
  readonly template?: string | undefined;
  /** What else the message says. */
  readonly fields?: KeyUseFields | undefined;
  /** Whether the message was sent; `ignored` for a payload that says nothing. Absent for uses that were stored. */
  readonly result?: 'sent' | 'refused' | 'limited' | 'ignored';
}

/** What a message says beside its title. The text is there only in uses that are told as they happen. */
export type KeyUseFields = {
  readonly [Name in Exclude<keyof MappedFields, 'title'>]?: MappedFields[Name] | undefined;
};

/** An event of `GET /v1/key-uses`. */
export interface NamedKeyUse extends KeyUseInfo {
  readonly name: string;
}

/** How many messages a key may send. */
export interface KeyRate {
  readonly perMinute: number;
  /** How many at once after a pause. */
  readonly burst: number;
}

/** What the owner says of a key. */
export interface KeySettings {
  /** Default target: where a message goes when the request names none. */
  readonly device?: string | undefined;
  readonly group?: string | undefined;
  /** Groups of the default device. */
  readonly groups?: readonly string[] | undefined;
  /** Targets that it may send to; `*` stands for any characters. Absent: the default target and its members. */
  readonly send?: readonly string[] | undefined;
  /** Targets that it may receive or read; absent: none. */
  readonly receive?: readonly string[] | undefined;
  /** Whether it may use /v1 as the owner does, except keys and apps. */
  readonly manage?: boolean | undefined;
  /** Priority of messages that name none, 1 to 5. */
  readonly priority?: number | undefined;
  /** Tags and icon of messages that name none. */
  readonly tags?: readonly string[] | undefined;
  readonly icon?: string | undefined;
  /** Absent: no bound. */
  readonly rate?: KeyRate | undefined;
  /** Checks signatures of webhooks. */
  readonly secret?: string | undefined;
  /** When it ends, in ms since 1970. */
  readonly expires?: number | undefined;
  readonly enabled?: boolean | undefined;
}

/** A key of a sender, without its text and its secret. What is absent was not set. */
export interface KeyInfo extends Omit<KeySettings, 'secret' | 'enabled'> {
  readonly name: string;
  /** Positive, never given twice. */
  readonly number: number;
  readonly enabled: boolean;
  /** Whether it has a secret for signatures of webhooks. */
  readonly signed: boolean;
  /** Whether it is in the config, and can only be changed there. */
  readonly configured: boolean;
  readonly createdAt: number;
  readonly lastUse: KeyUseInfo | null;
  readonly sent: number;
  readonly refused: number;
  readonly limited: number;
}

/** What to paste into one kind of sender. */
export interface KeyAddress {
  readonly kind:
    | 'curl'
    | 'webhook'
    | 'hook'
    | 'ntfy'
    | 'bark'
    | 'gotify'
    | 'pushdeer'
    | 'pushover'
    | 'serverchan'
    | 'apprise'
    | 'pushme'
    | 'pushplus'
    | 'slack'
    | 'discord';
  readonly text: string;
}

/** A key that was just made or got a new text, which is shown only here. */
export interface MadeKeyInfo extends KeyInfo {
  readonly key: string;
  readonly addresses: readonly KeyAddress[];
}

/** One step of a delivery. */
export interface DeliveryStep {
  /** ms since 1970. */
  readonly at: number;
  /** The status that it gave the delivery, as senders see it. */
  readonly status?: string;
  /** Whether it was held back, because of quiet hours or since the sender is muted. */
  readonly held?: true;
  /** The transport that worked on it. */
  readonly transport?: string;
  /** A try failed: it is tried again, this route refuses it for good, or the route has ended. */
  readonly failure?: 'retry' | 'refused' | 'gone';
  /** Why, in words. */
  readonly reason?: string;
}

/** A recipient of a message. */
export interface ActivityRecipient {
  readonly device: string;
  readonly status: string;
  /** Whether its push is held back. */
  readonly held?: true;
  /** What is known of the way there, the oldest first. The relay keeps the last few thousand steps of all deliveries. */
  readonly steps: readonly DeliveryStep[];
}

/** A message as its owner follows it. */
export interface ActivityMessage {
  readonly mid: string;
  /** 12 characters. */
  readonly id: string;
  readonly sendType: SendType;
  readonly target: string;
  /** Name of the sender; `""` for an anonymous one. */
  readonly from: string;
  /** When the relay accepted it, and when it stops trying, ms since 1970. */
  readonly createdAt: number;
  readonly expiresAt: number;
  /** The title, or the start of the text; at most 200 characters. */
  readonly title: string;
  readonly priority?: number;
  readonly key?: string;
  /** At most 100, those that need a look first. */
  readonly recipients: readonly ActivityRecipient[];
  /** How many devices got it in all. */
  readonly total: number;
}

/** Answer to GET /v1/activity, the latest first. A page is bounded in messages that are looked at, so it may be empty. */
export interface ActivityPage {
  readonly messages: readonly ActivityMessage[];
  /** Whether there may be more, and the `before` of the next page. */
  readonly more: boolean;
  readonly last: string;
}

/** Answer to POST /v1/activity/:mid/again: the new message with the same content, for the one device. */
export interface SentAgain {
  readonly mid: string;
  readonly status: Readonly<Record<string, string>>;
}

/** How a route answered. */
export interface RouteAnswer {
  /** ms since 1970. */
  readonly at: number;
  readonly kind: 'taken' | 'retry' | 'refused' | 'gone';
  /** What went wrong, in words. */
  readonly reason?: string;
  /** The message that was tried. */
  readonly mid?: string;
}

/** What is known of one way out of the relay. */
export interface RouteHealth {
  /** A device; for reports to the server of an app, the id of the app. */
  readonly name: string;
  /** Of a device, or `app`. */
  readonly transport: string;
  /** Where it goes: scheme, host and port of a webhook. */
  readonly origin?: string;
  /** Whether its last answer was no success. */
  readonly failing: boolean;
  /** Deliveries of the device that are not settled; reports are not counted. */
  readonly queued: number;
  /** The last ones, at most 10, the latest first. Successes are noted at most every 10 s. */
  readonly answers: readonly RouteAnswer[];
}

/** Answer to GET /v1/routes: webhooks, servers of apps, and other routes that failed lately. */
export interface RouteList {
  readonly routes: readonly RouteHealth[];
}

/** Answer to GET /v1/keys. */
export interface KeyList {
  readonly keys: readonly KeyInfo[];
}

/** Answer to POST /v1/token/rotate. */
export interface NewToken {
  /** The token of the relay, which is shown only here. */
  readonly token: string;
  /** How long tokens of devices stay good, in ms. */
  readonly keep: number;
}

/** An app of the channel core as its owner sees it. A secret is shown only once, when it is made. */
export interface AppInfo {
  readonly id: string;
  readonly enabled: boolean;
  /** Oldest first. `until` is when the key expires, in ms since 1970. */
  readonly keys: readonly { readonly key: string; readonly active: boolean; readonly until?: number }[];
  /** True for an app of the registry. False for an app of the config and for the relay's own. */
  readonly registered: boolean;
}

/** Answer to GET /v1/apps. */
export interface AppList {
  readonly apps: readonly AppInfo[];
}

/** A key of an app that was just made. */
export interface NewAppKey {
  readonly id: string;
  readonly key: string;
  readonly secret: string;
  /** When the last of the older keys expires, in ms since 1970. Absent when none is left. */
  readonly olderUntil?: number;
}

/** A warning or an error of the log. */
export interface LogLineInfo {
  /** ms since 1970. */
  readonly at: number;
  /** The id of the node, and a number that grows with each line of the node: together they name the line. */
  readonly node: string;
  readonly number: number;
  readonly level: 'warn' | 'error';
  readonly text: string;
  readonly facts: Readonly<Record<string, string | number | boolean | null>>;
}

/** Answer to GET /v1/log: the latest lines of all nodes, the oldest of them first. */
export interface LogPage {
  readonly lines: readonly LogLineInfo[];
}

/** A channel of an app that has subscribers. */
export interface AppChannel {
  readonly name: string;
  readonly subscriptions: number;
  /** Distinct users, only of presence channels. */
  readonly users?: number;
}

/** Answer to GET /v1/apps/:id/channels: at most 200, in the order of their names. */
export interface AppChannels {
  readonly channels: readonly AppChannel[];
  /** How many channels with that prefix have subscribers. */
  readonly total: number;
  /** Open sockets of the app, on all nodes. */
  readonly connections: number;
}

/** An event on channels of an app, as GET /v1/apps/:id/events tells it. */
export interface AppEvent {
  /** ms since 1970. */
  readonly at: number;
  readonly channel: string;
  readonly name: string;
  /** The start of its data, at most 1,000 characters. */
  readonly data: string;
}

/** Answer to GET /v1/caller: how the relay sees the caller, to find out what a proxy in between does. */
export interface CallerFacts {
  /** The address that is the caller's for the relay. */
  readonly address: string;
  /** The peer of the connection: the proxy, if there is one. */
  readonly peer: string;
  readonly host: string;
  /** Whether the caller has come over https, as far as the relay knows. */
  readonly https: boolean;
  /** What a proxy has added. */
  readonly forwardedFor?: string;
  readonly forwardedProto?: string;
  /** Whether the relay believes it: `http.trustProxy`. */
  readonly trustsProxy: boolean;
}
