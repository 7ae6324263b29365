// The states of the page that are worth a look.
import type { AskedQuestion, Language } from '../../../pwa/src/model/model.ts';
import { ATTACKS } from '../views/attacks.ts';
import {
  ACCOUNT,
  type FakeModel,
  type FakeState,
  fakeModel,
  sampleAlerts,
  sampleDevices,
  sampleEmergencies,
  sampleQuestions,
  sampleScheduled,
  sampleSent,
} from '../views/fake-model.ts';
import { type OwnerState, sampleBeats, sampleSenders } from '../views/fake-owner.ts';
import { manyMessages, message, sampleMessages, WORK } from '../views/samples.ts';

/** Senders and heartbeats that are called as attackers would. */
function hostileOwner(now: number): Partial<OwnerState> {
  const [sender] = sampleSenders(now).slice(1);
  const [beat] = sampleBeats(now);
  if (sender === undefined || beat === undefined) throw new TypeError('expected samples');
  const lastUse = (title: string) => ({ at: now, address: '::1', dialect: 'mpush', title });
  return {
    devices: ATTACKS.map((name) => ({
      name,
      groups: [name],
      routes: ['webpush'],
      online: true,
      queued: 3,
      createdAt: now,
      lastReceived: '1',
      lastReceivedAt: now,
    })),
    activity: ATTACKS.map((title, index) => ({
      mid: String(index),
      id: 'abcdefghijkl',
      sendType: 'personal',
      target: title,
      from: title,
      createdAt: now,
      expiresAt: now,
      title,
      recipients: [
        { device: title, status: title, steps: [{ at: now, transport: title, failure: 'retry', reason: title }] },
      ],
      total: 1,
    })),
    lines: ATTACKS.map((text, number) => ({
      at: now,
      node: text,
      number,
      level: 'warn',
      text,
      facts: { [text]: text },
    })),
    senders: ATTACKS.map((name) => ({ ...sender, name, device: name, lastUse: lastUse(name) })),
    beats: ATTACKS.map((key) => ({ ...beat, id: key, key, target: key })),
  };
}

/** Templates, and what one of them makes of the last payload of a sender. */
const TEMPLATES: Partial<OwnerState> = {
  templates: [
    { name: 'boiler', title: '{{.room}} is {{.celsius}} °C', priority: '5', key: '{{.room}}', configured: false },
    { name: 'printer', title: '{{.printer}}: {{.status}}', message: '{{.details}}', configured: true },
  ],
  payload: {
    at: 1,
    as: 'json',
    headers: {},
    body: { room: 'cellar', celsius: 71, sensor: { id: 'a4:c1:38:0e:5b:77', battery: '84 %' }, token: '…' },
  },
  preview: {
    fields: {
      title: 'cellar is 71 °C',
      body: 'Battery of the sensor: **84 %**',
      markdown: true,
      priority: 5,
      tags: ['fire', 'heating'],
      click: 'https://home.example.com/rooms/cellar',
      key: 'nas/preview/cellar',
      state: 'firing',
    },
    problems: [{ part: 'icon', reason: 'an address must begin with https://' }],
  },
};

type Make = (now: number, language: Language) => FakeModel;

const make =
  (part: (now: number) => Partial<FakeState> = () => ({})): Make =>
  (now, language) => {
    const given = part(now);
    return fakeModel({ now, ...given, settings: { language, ...given.settings } });
  };

/** The questions, with the messages that ask them. */
function asked(now: number, questions: readonly AskedQuestion[]): Partial<FakeState> {
  const asking = questions.map((question, at) =>
    message({
      time: now - at * 30_000,
      mid: String(at + 1),
      title: question.title,
      sender: question.from,
      ask: question,
      body: 'All **412** tests pass.',
      priority: question.kind === 'acknowledge' ? 5 : 3,
    }),
  );
  return {
    messages: [...asking, ...sampleMessages(now).slice(0, 6)],
    questions: questions.map((question, at) => ({ ...question, mids: [String(at + 1)] })),
  };
}

export const CASES: Readonly<Record<string, Make>> = {
  inbox: make(),
  sent: make((now) => ({ scheduled: sampleScheduled(now), sent: sampleSent(now) })),
  'sent-question': make((now) => {
    const [open] = sampleQuestions(now);
    const [first, second] = sampleSent(now);
    if (!open || !first || !second) return {};
    const answered = { ...open, id: 'over', state: 'answered', answer: 'yes', by: 'thinkpad', at: now - 9000 } as const;
    return {
      questions: [
        { ...open, forMe: false },
        { ...answered, forMe: false },
      ],
      sent: [
        { ...first, question: open.id, title: open.title },
        { ...second, question: 'over', title: 'Restart the server?' },
      ],
    };
  }),
  alerts: make((now) => ({ alerts: sampleAlerts(now) })),
  questions: make((now) => ({ alerts: sampleAlerts(now), ...asked(now, sampleQuestions(now)) })),
  emergency: make((now) => ({ alerts: sampleAlerts(now), ...asked(now, sampleEmergencies(now)) })),
  answered: make((now) => {
    const [choice, other, text] = sampleQuestions(now);
    const [first, second] = sampleEmergencies(now);
    if (!choice || !other || !text || !first || !second) return {};
    return asked(now, [
      { ...choice, state: 'answered', answer: 'yes', by: 'pixel', at: now - 9000 },
      { ...other, state: 'expired', default: 'Nothing, thanks' },
      { ...text, state: 'cancelled' },
      { ...first, state: 'answered', answer: 'acknowledged', by: 'pixel', at: now - 9000 },
      { ...second, state: 'expired' },
    ]);
  }),
  quiet: make((now) => ({
    silence: {
      quiet: {
        from: '22:30',
        to: '07:00',
        days: ['sun', 'mon', 'tue', 'wed', 'thu'],
        let: { priority: 5, groups: ['ops'] },
      },
      quietUntil: now + 3 * 3_600_000,
      mutes: [
        { sender: 'certificate-watcher-on-a-machine-with-a-very-long-name' },
        { group: 'family', until: now + 3_600_000 },
        { key: 'alertmanager:disk' },
      ],
    },
  })),
  preset: make(() => ({ silence: { quietPreset: { from: '23:00', to: '06:30' } } })),
  empty: make(() => ({ messages: [] })),
  loading: make(() => ({ messages: [], ready: false })),
  many: make((now) => ({ messages: manyMessages(now, 10_000) })),
  offline: make((now) => ({
    connections: new Map([['home', { kind: 'offline', why: { key: 'connection.no_network' }, retryAt: now + 20_000 }]]),
    push: { kind: 'askable' },
  })),
  refused: make(() => ({
    connections: new Map([
      ['home', { kind: 'refused', why: { key: 'connection.refused.taken_over', values: { name: 'pixel' } } }],
    ]),
  })),
  unpaired: make(() => ({ accounts: [], push: { kind: 'askable' } })),
  insecure: make(() => ({ accounts: [], push: { kind: 'impossible', why: { key: 'push.impossible.insecure' } } })),
  ios: make(() => ({ accounts: [], push: { kind: 'impossible', why: { key: 'push.impossible.install_first' } } })),
  update: make(() => ({ updateReady: true, installable: true })),
  two: make((now) => ({
    accounts: [ACCOUNT, { id: WORK, server: 'https://relay.company.example/herald', name: 'pixel-work', groups: [] }],
    messages: [
      message({ time: now - 5000, accountId: WORK, title: 'From work', body: 'Hello' }),
      message({ time: now - 9000, title: 'From home' }),
    ],
  })),
  attacks: make((now) => ({
    messages: ATTACKS.map((body, index) =>
      message({ time: now - index * 1000, title: body, body, sender: body, tags: [body] }),
    ),
    owner: hostileOwner(now),
  })),
  owner: make((now) => ({
    owner: {
      ...TEMPLATES,
      alerts: sampleAlerts(now),
      devices: sampleDevices(now).map((device) =>
        device.name === 'pixel'
          ? { ...device, manage: true }
          : device.name === 'ipad'
            ? { ...device, quiet: { from: '22:30', to: '07:00' }, quietUntil: now + 3_600_000 }
            : device,
      ),
      uses: [{ at: now, address: '192.0.2.7', dialect: 'mpush', title: 'Backup done', result: 'sent' }],
    },
  })),
  device: make((now) => ({ owner: { manages: false, devices: sampleDevices(now), beats: [] } })),
  waiting: make((now) => ({ owner: { devices: sampleDevices(now), senders: [] } })),
  check: make(() => ({
    check: [
      { part: 'permission', state: 'ok' },
      { part: 'subscription', state: 'ok' },
      { part: 'server', state: 'ok' },
      { part: 'push_service', state: 'ok' },
      { part: 'device', state: 'failed', why: { key: 'check.no_arrival', values: { seconds: 20 } } },
    ],
  })),
};
