// Publishing: sends what a request says, now or later, and tells what was sent.
import { type Content, plainContent } from '../../../shared/content.ts';
import { senderOf } from '../../access/principal.ts';
import { RelayError } from '../../base/errors.ts';
import type { Draft } from '../../delivery/message.ts';
import { type EmergencyOptions, isEmergency, readEmergency } from '../../messages/emergency-options.ts';
import { readIdempotency } from '../../messages/options.ts';
import type { HttpRequest } from '../kit/http-message.ts';
import { createResolveTarget } from '../kit/resolve-target.ts';
import { createReadBody, FILE_TTL, type PublicationBody, type Publisher } from './body.ts';
import { mayUse } from './caller.ts';
import { readDelay } from './delay.ts';
import { NtfyError } from './errors.ts';
import { type Fields, readPriorityText } from './fields.ts';
import { contentOf, messageEvent, type NtfyMessage } from './message.ts';
import { readParameter } from './parameters.ts';
import type { NtfyPorts, NtfySections } from './ports.ts';
import { readSequence } from './topics.ts';

interface Sent {
  readonly id: string;
  /** When it is told, in ms since 1970; undefined for now. */
  readonly at: number | undefined;
  readonly content: Content;
  readonly isRepeat: boolean;
}

/** Publishes messages. */
export interface Publishing {
  /** @throws NtfyError 40301 unless the caller may send to the topic */
  requireSend(publisher: Publisher, topic: string): Promise<void>;
  publish(publisher: Publisher, fields: Fields, body: PublicationBody): Promise<NtfyMessage>;
}

/** Makes it. @param published is told of each message */
export function createPublishing(ports: NtfyPorts, config: NtfySections, published: () => void): Publishing {
  const { clock, messageIds } = ports;
  const readBody = createReadBody(ports, config);
  const { historyTtl } = config.storage;
  const entranceOf = ({ ip }: HttpRequest, template?: string) => ({ dialect: 'ntfy', address: ip, template });

  function draftOf(topic: string, content: Draft['content'], isKept: boolean): Draft {
    const sendType = ports.devices.groups().includes(topic) ? 'group' : 'personal';
    return { sendType, target: topic, from: { method: 'http', name: '' }, content, feed: isKept, byName: true };
  }

  /** What `Priority: emergency`, which ntfy does not know, asks for beside the priority. */
  function emergencyOf({ request, caller }: Publisher, priority: string): EmergencyOptions | undefined {
    if (!isEmergency(priority)) return undefined;
    const take = (name: string) => {
      const known = name === 'then' ? 'escalation' : name === 'retry' || name === 'expire' ? name : 'after';
      return readParameter(request, known) || undefined;
    };
    return readEmergency(take, {
      emergencies: config.emergencies,
      resolveTarget: createResolveTarget(ports.devices, caller),
      publicUrl: () => ports.publicUrl(request),
    });
  }

  /** Sends it. Its content has what the key adds. */
  async function send(
    { request, caller }: Publisher,
    draft: Draft,
    dueAt: number | undefined,
    emergency: EmergencyOptions | undefined,
    template: string | undefined,
  ): Promise<Sent> {
    const { key } = draft.content;
    const admitted = await ports.admit(caller, draft, entranceOf(request, template));
    const idempotency = readIdempotency(request.header('idempotency-key') || undefined);
    const timing = dueAt === undefined ? undefined : { dueAt, given: String(Math.floor(dueAt / 1000)) };
    // A later message of a sequence takes the place of one that waits.
    if (key !== undefined) await ports.timed.cancelKey(draft.target, key);
    const isPlain = timing === undefined && idempotency === undefined && emergency === undefined;
    const options = isPlain ? undefined : { timing, idempotency, emergency };
    try {
      const published = await ports.publish(admitted, 0, options, senderOf(caller));
      const { mid, scheduled, message, isRepeat = false } = published;
      // A request that may be repeated is answered with the message that is stored. That of an emergency has another id.
      const isOther = idempotency !== undefined || emergency !== undefined;
      const stored = isOther && mid !== '' ? await ports.log.find(mid) : undefined;
      const id = scheduled?.id ?? stored?.message.id ?? message?.id ?? messageIds.idOf(mid);
      const at = scheduled?.dueAt ?? stored?.message.createdAt ?? message?.createdAt;
      return { id, at, isRepeat, content: stored?.message.content ?? admitted.content };
    } catch (cause) {
      // The relay keeps messages for as many names as it may.
      const isFull = timing === undefined && cause instanceof RelayError && cause.code === 'too_many';
      throw isFull ? new NtfyError(42904, '', { cause }) : cause;
    }
  }

  /** A message without a sequence has its id as one: a later message of that sequence takes its place on the devices. */
  async function replaceOwn(topic: string, sequence: string): Promise<void> {
    const number = messageIds.midOf(sequence);
    if (number === undefined) return;
    try {
      const { message } = (await ports.log.find(number)) ?? {};
      if (message === undefined || message.target !== topic || message.content.key !== undefined) return;
      const read = await ports.log.markRead([message.mid]);
      if (read.length > 0) ports.tellRead(read);
    } catch (err) {
      // The new message is sent: its sender must not repeat it.
      ports.logger.warn({ err, topic }, 'the message that another one replaces is not marked as read');
    }
  }

  return {
    async requireSend({ caller, request }, topic) {
      if (mayUse(caller, 'send', topic)) return;
      // Counts that the key was refused.
      if (caller.key !== undefined)
        await ports.admit(caller, draftOf(topic, plainContent(''), false), entranceOf(request));
      throw new NtfyError(40301);
    },
    async publish(publisher, fields, body) {
      const { topic, isCached, delay } = fields;
      const sequence = fields.sequence === '' ? '' : readSequence(fields.sequence);
      const isFilled =
        fields.template !== '' && fields.attach === '' && fields.filename === '' && !fields.isUnifiedPush;
      const priority = isFilled ? undefined : readPriorityText(fields.priority);
      const emergency = isFilled ? undefined : emergencyOf(publisher, fields.priority);
      const now = clock.now();
      const dueAt = delay === '' ? undefined : readDelay(delay, now);
      const isFile = fields.filename !== '' && fields.attach === '';
      if (dueAt !== undefined && isFile && dueAt > now + FILE_TTL) throw new NtfyError(40015);
      const { upload: made, as, ...parts } = await readBody(publisher, body, fields);
      try {
        const { title, message, tags, click, icon, actions, isMarkdown } = fields;
        const content = contentOf({
          ...{ topic, sequence, title, message, priority, tags, click, icon, actions, isMarkdown, isCached },
          attachment: undefined,
          isBase64: false,
          ...parts,
        });
        if (dueAt !== undefined && made !== undefined && dueAt > made.file.expiresAt) throw new NtfyError(40015);
        const sent = await send(publisher, draftOf(topic, content, isCached), dueAt, emergency, as);
        if (!sent.isRepeat) made?.keep();
        if (sequence !== '' && dueAt === undefined) await replaceOwn(topic, sequence);
        published();
        return messageEvent(sent.id, topic, sent.content, { at: sent.at ?? now, historyTtl });
      } finally {
        await made?.discard();
      }
    },
  };
}
