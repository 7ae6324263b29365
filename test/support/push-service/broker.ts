// The core of the push service: its subscriptions, and the messages that wait. It does not know HTTP or WebSocket.
import { randomBytes, randomUUID } from 'node:crypto';
import type { Recorder } from './recorder.ts';

/** Headers that a browser needs in order to decrypt. */
export interface EncryptionHeaders {
  readonly encoding?: string;
  readonly encryption?: string;
  readonly crypto_key?: string;
}

/** A message that was accepted. */
export interface PushMessage {
  readonly id: string;
  readonly token: string;
  readonly channelID: string;
  readonly uaid: string;
  /** Seconds. */
  readonly ttl: number;
  readonly topic: string | undefined;
  readonly urgency: string;
  readonly headers: EncryptionHeaders;
  /** Null for a push without payload. */
  readonly data: Buffer | null;
  readonly acceptedAt: number;
  readonly expiresAt: number;
  state: 'queued' | 'sent' | 'delivered' | 'rejected' | 'replaced' | 'expired' | 'dropped' | 'cancelled';
  deliveries: number;
  ackCode: number | null;
}

/** Hands a message to a browser that is connected. */
export type Deliver = (message: PushMessage) => void;

/** A browser; `deliver` is null while it is away. */
export interface Agent {
  readonly uaid: string;
  deliver: Deliver | null;
}

/** A subscription; `gone` is the status its endpoint answers with once it is no longer valid. */
export interface Subscription {
  readonly token: string;
  readonly uaid: string;
  readonly channelID: string;
  readonly applicationServerKey: Buffer | null;
  readonly createdAt: number;
  gone: number | null;
}

type Accepted = Pick<PushMessage, 'ttl' | 'topic' | 'urgency' | 'headers' | 'data'>;

/** All browsers, subscriptions and messages of one service. */
export class Broker {
  readonly agents = new Map<string, Agent>();
  /** By the token of the endpoint. */
  readonly subscriptions = new Map<string, Subscription>();
  /** Every message ever accepted, oldest first. */
  readonly messages: PushMessage[] = [];
  readonly #recorder: Recorder;
  readonly #now: () => number;

  constructor(recorder: Recorder, now: () => number) {
    this.#recorder = recorder;
    this.#now = now;
  }

  /** Called when a browser says hello. A browser with an unknown id, or none, gets a new one. */
  connect(uaid: string | undefined, deliver: Deliver): Agent {
    const known = uaid === undefined ? undefined : this.agents.get(uaid);
    const agent = known ?? this.adopt(randomUUID().replaceAll('-', ''));
    agent.deliver = deliver;
    return agent;
  }

  /** Called for a browser that already has an id: Chromium gets its id before it connects. */
  adopt(uaid: string): Agent {
    const agent = this.agents.get(uaid) ?? { uaid, deliver: null };
    this.agents.set(uaid, agent);
    return agent;
  }

  disconnect(agent: Agent, deliver: Deliver): void {
    // A newer connection of the same browser may already have taken over.
    if (agent.deliver === deliver) agent.deliver = null;
    for (const message of this.#waitingFor(agent.uaid)) {
      // Sent but never acknowledged: kept for the next connection, unless it was meant for a browser that is there now.
      if (message.state === 'sent') this.#settle(message, message.ttl > 0 ? 'queued' : 'dropped');
    }
  }

  /** The subscription, or null if the channel belongs to another browser. */
  subscribe(uaid: string, channelID: string, applicationServerKey: Buffer | null): Subscription | null {
    const existing = this.#channel(channelID);
    if (existing !== undefined) {
      const none = Buffer.alloc(0);
      const sameKey = (existing.applicationServerKey ?? none).equals(applicationServerKey ?? none);
      return existing.uaid === uaid && sameKey ? existing : null;
    }
    const token = randomBytes(48).toString('base64url');
    const subscription = { token, uaid, channelID, applicationServerKey, createdAt: this.#now(), gone: null };
    this.subscriptions.set(token, subscription);
    return subscription;
  }

  unsubscribe(uaid: string, channelID: string): void {
    const subscription = this.#channel(channelID);
    if (subscription?.uaid === uaid) this.expire(subscription, 410);
  }

  /** Ends a subscription: its endpoint answers with `status`, and messages that wait are dropped. */
  expire(subscription: Subscription, status: number): void {
    subscription.gone = status;
    for (const message of this.#waitingFor(subscription.uaid)) {
      if (message.token === subscription.token) this.#settle(message, 'dropped');
    }
  }

  accept({ token, channelID, uaid }: Subscription, accepted: Accepted): PushMessage {
    const { topic, urgency, ttl } = accepted;
    const message: PushMessage = {
      id: randomBytes(18).toString('base64url'),
      token,
      channelID,
      uaid,
      ...accepted,
      acceptedAt: this.#now(),
      expiresAt: this.#now() + ttl * 1000,
      state: 'queued',
      deliveries: 0,
      ackCode: null,
    };
    if (topic !== undefined) {
      // RFC 8030, section 5.4: a newer message replaces an undelivered one of the same topic.
      for (const older of this.#waitingFor(uaid)) {
        if (older.token === token && older.topic === topic && older.state === 'queued') this.#settle(older, 'replaced');
      }
    }
    this.messages.push(message);
    const agent = this.agents.get(uaid);
    if (agent?.deliver) this.#send(agent.deliver, message);
    else if (ttl === 0) this.#settle(message, 'dropped');
    else this.#recorder.add('message.queued', { id: message.id, channelID, topic, urgency });
    return message;
  }

  /** Sends what was stored while the browser was away, oldest first. */
  flush({ uaid, deliver }: Agent): void {
    this.purge();
    if (deliver === null) return;
    for (const message of this.#waitingFor(uaid)) {
      if (message.state === 'queued') this.#send(deliver, message);
    }
  }

  acknowledge(uaid: string, id: string, code: number): void {
    const message = this.messages.find((one) => one.id === id && one.uaid === uaid);
    if (message === undefined) return;
    message.ackCode = code;
    this.#settle(message, code === 100 ? 'delivered' : 'rejected');
  }

  /** Withdraws an undelivered message for the application server (RFC 8030, section 6.2). */
  cancel(id: string): boolean {
    const message = this.messages.find((one) => one.id === id);
    if (message === undefined || !isWaiting(message)) return false;
    this.#settle(message, 'cancelled');
    return true;
  }

  /** Drops messages whose TTL is over. Called before anything reads the queue. */
  purge(): void {
    for (const message of this.messages) {
      if (message.state === 'queued' && message.expiresAt <= this.#now()) this.#settle(message, 'expired');
    }
  }

  #send(deliver: Deliver, message: PushMessage): void {
    message.state = 'sent';
    message.deliveries += 1;
    const { id, channelID, topic, urgency } = message;
    this.#recorder.add('message.sent', { id, channelID, topic, urgency });
    deliver(message);
  }

  #settle(message: PushMessage, state: PushMessage['state']): void {
    message.state = state;
    const { id, channelID, topic, ackCode } = message;
    this.#recorder.add(`message.${state}`, { id, channelID, topic, ackCode });
  }

  #waitingFor(uaid: string): PushMessage[] {
    return this.messages.filter((message) => message.uaid === uaid && isWaiting(message));
  }

  #channel(channelID: string): Subscription | undefined {
    return [...this.subscriptions.values()].find((one) => one.channelID === channelID && one.gone === null);
  }
}

function isWaiting({ state }: PushMessage): boolean {
  return state === 'queued' || state === 'sent';
}
