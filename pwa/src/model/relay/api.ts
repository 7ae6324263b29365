// The relay's HTTP interface: /v1, and packets over POST. Used by the page and the service worker.
import type {
  AlertInfo,
  AlertList,
  AnswerInfo,
  AnswerList,
  ChangedQuiet,
  ClosedAlert,
  DeviceInfo,
  LateAnswer,
  Me,
  MessagePage,
  MessageState,
  Pairing,
  PairingOffer,
  PushCheck,
  ReadPage,
  Registered,
  ScheduledList,
  ScheduledMessage,
} from '../../../../shared/api.ts';
import type { Draft, NewQuestion, NewTime, QuietChange } from '../model.ts';
import { type CallOptions, type CallPorts, createCall } from './call.ts';

/** The relay to call, and the token for it. */
export interface Caller {
  readonly server: string;
  /** A device's own token, or the relay's; `""` for none. */
  readonly auth: string;
}

/** Name and groups of a device. */
export interface NewDevice {
  readonly name: string;
  readonly groups: readonly string[];
}

/** What the relay says of a message that was just sent. */
export interface SentState extends MessageState {
  readonly question?: string;
}

/** The relay's interface. Methods reject only with an ActionError. */
export interface RelayApi {
  me(caller: Caller): Promise<Me>;
  devices(caller: Caller): Promise<readonly DeviceInfo[]>;
  /** @param withPaired whether to also remove the devices that it paired */
  removeDevice(caller: Caller, name: string, withPaired: boolean): Promise<void>;
  changeDevice(caller: Caller, name: string, device: NewDevice): Promise<Registered>;
  changeQuiet(caller: Caller, name: string, change: QuietChange): Promise<ChangedQuiet>;
  createPairing(caller: Caller): Promise<Pairing>;
  pairing(server: string, code: string): Promise<PairingOffer>;
  pair(server: string, code: string, device: NewDevice): Promise<Registered>;
  /** Needs the relay's token. */
  register(caller: Caller, device: NewDevice): Promise<Registered>;
  /** Messages after `since`, oldest first. */
  since(caller: Caller, name: string, since: string, limit: number): Promise<MessagePage>;
  /** Messages before `before`, newest first. */
  before(caller: Caller, name: string, before: string, limit: number): Promise<MessagePage>;
  message(caller: Caller, mid: string): Promise<MessageState>;
  reads(caller: Caller, cursor: number): Promise<ReadPage>;
  markRead(caller: Caller, mids: readonly string[]): Promise<void>;
  /** The open alerts, the latest 1,000. */
  alerts(caller: Caller): Promise<readonly AlertInfo[]>;
  /** @returns the alert as it is now */
  closeAlert(caller: Caller, id: string): Promise<AlertInfo>;
  /** The questions that the device may see, the latest asked first: all 1,000 that wait for an answer, or the latest 100 of all. */
  questions(caller: Caller, open: boolean): Promise<readonly AnswerInfo[]>;
  question(caller: Caller, id: string): Promise<AnswerInfo>;
  /** @returns the question as it is now; with an `error` if the answer came too late */
  answer(caller: Caller, id: string, text: string): Promise<AnswerInfo | LateAnswer>;
  /** @returns as `answer` does */
  withdraw(caller: Caller, id: string): Promise<AnswerInfo | LateAnswer>;
  /** The messages that are due later, the next 1,000. */
  scheduled(caller: Caller): Promise<readonly ScheduledMessage[]>;
  changeScheduled(caller: Caller, id: string, time: NewTime): Promise<void>;
  /** @param what `skip` moves a recurring one to its next time, `run` sends it now */
  stepScheduled(caller: Caller, id: string, what: 'skip' | 'run'): Promise<void>;
  cancelScheduled(caller: Caller, id: string): Promise<void>;
  check(caller: Caller): Promise<PushCheck>;
  /** Sends without waiting for the recipients. @returns with the id of the question or emergency, if it is one */
  send(caller: Caller, draft: Draft): Promise<SentState>;
  /** Confirms that a push was shown. */
  receipt(caller: Caller, mid: string): Promise<void>;
  /** Registers the push subscription of this device. */
  registerPush(caller: Caller, subscription: unknown): Promise<void>;
}

/** Creates the client of the interface. */
export function createApi(ports: CallPorts): RelayApi {
  const call = createCall(ports);
  const get = <T>(caller: Caller, path: string): Promise<T> => call<T>(caller, path, {});
  const post = <T>(caller: Caller, path: string, body: unknown, options: CallOptions = {}): Promise<T> =>
    call<T>(caller, path, { method: 'POST', body, ...options });
  const device = (name: string) => `/v1/devices/${encodeURIComponent(name)}`;
  const messages = (name: string) => `${device(name)}/messages`;
  const scheduled = (id: string) => `/v1/scheduled/${encodeURIComponent(id)}`;
  // A packet carries its token in the `auth` field.
  const packet = <T>({ server, auth }: Caller, cmd: string, data: unknown, path = '/'): Promise<T> =>
    post<T>({ server, auth }, path, { cmd, auth, data });

  async function sendQuestion(caller: Caller, draft: Draft, ask: NewQuestion): Promise<SentState> {
    const { target, title, body, extra } = draft;
    const wanted = ask.kind === 'choice' ? { options: ask.options } : { reply: 'text' };
    const asked = { text: title, desp: body, extra, ...wanted, wait: 0 };
    const { mid, id } = await post<{ mid: string; id: string }>(caller, `/${encodeURIComponent(target)}.ask`, asked);
    const { status } = await get<MessageState>(caller, `/v1/messages/${mid}`);
    return { mid, status, question: id };
  }

  return {
    me: (caller) => get(caller, '/v1/me'),
    devices: async (caller) => (await get<{ devices: DeviceInfo[] }>(caller, '/v1/devices')).devices,
    removeDevice: (caller, name, withPaired) =>
      call(caller, `${device(name)}${withPaired ? '?paired=1' : ''}`, { method: 'DELETE' }),
    changeDevice: (caller, name, body) => call(caller, device(name), { method: 'PATCH', body }),
    changeQuiet: (caller, name, body) => call(caller, device(name), { method: 'PATCH', body }),
    createPairing: (caller) => post(caller, '/v1/pairings', {}),
    pairing: (server, code) => get({ server, auth: '' }, `/v1/pairings/${encodeURIComponent(code)}`),
    pair: (server, code, body) => post({ server, auth: '' }, `/v1/pairings/${encodeURIComponent(code)}`, body),
    register: (caller, body) => post(caller, '/v1/devices', body),
    since: (caller, name, since, limit) => get(caller, `${messages(name)}?since=${since}&limit=${limit}`),
    before: (caller, name, before, limit) => get(caller, `${messages(name)}?before=${before}&limit=${limit}`),
    message: (caller, mid) => get(caller, `/v1/messages/${mid}`),
    reads: (caller, cursor) => get(caller, `/v1/reads?cursor=${cursor}`),
    markRead: (caller, mids) => post(caller, '/v1/reads', { mids }),
    alerts: async (caller) => (await get<AlertList>(caller, '/v1/alerts?open=1&limit=1000')).alerts,
    closeAlert: async (caller, id) =>
      (await post<ClosedAlert>(caller, `/v1/alerts/${encodeURIComponent(id)}/close`, {})).closed,
    questions: async (caller, open) =>
      (await get<AnswerList>(caller, `/v1/answers${open ? '?open=1&limit=1000' : '?limit=100'}`)).answers,
    question: (caller, id) => get(caller, `/v1/answers/${id}`),
    answer: (caller, id, answer) => post(caller, `/v1/answers/${id}`, { answer }, { accept: [409, 410] }),
    withdraw: (caller, id) => call(caller, `/v1/answers/${id}`, { method: 'DELETE', accept: [409] }),
    scheduled: async (caller) => (await get<ScheduledList>(caller, '/v1/scheduled?limit=1000')).scheduled,
    changeScheduled: (caller, id, body) => call(caller, scheduled(id), { method: 'PATCH', body }),
    stepScheduled: (caller, id, what) => post(caller, `${scheduled(id)}/${what}`, {}),
    cancelScheduled: (caller, id) => call(caller, scheduled(id), { method: 'DELETE' }),
    check: (caller) => post(caller, '/v1/check', {}, { timeout: 30_000 }),
    async send(caller, draft) {
      const { target, group, title, body, extra, wire, ask } = draft;
      if (ask !== undefined) return sendQuestion(caller, draft, ask);
      const message = wire ?? { text: title, desp: body, extra };
      const sendType = group ? 'group' : 'personal';
      const reply = await packet<{ data: MessageState & { receipt?: string }; held?: readonly string[] }>(
        caller,
        'MESSAGE',
        { sendType, target, message },
        '/?wait=0',
      );
      const { mid, status, receipt } = reply.data;
      return {
        mid: String(mid),
        status,
        ...(Array.isArray(reply.held) ? { held: reply.held.map(String) } : {}),
        ...(typeof receipt === 'string' ? { question: receipt } : {}),
      };
    },
    receipt: (caller, mid) => packet(caller, 'MESSAGE_WEBPUSH_CALLBACK', { mid }),
    registerPush: (caller, subscription) => packet(caller, 'REGISTER_WEBPUSH', subscription),
  };
}
