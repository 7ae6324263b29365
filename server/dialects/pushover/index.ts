// Pushover: its senders send with a key as the token, and follow emergencies by receipts.
import { readBasic } from '../../access/credentials.ts';
import { senderOf } from '../../access/principal.ts';
import type { Clock } from '../../base/clock.ts';
import type { Device } from '../../delivery/device.ts';
import type { Emergencies } from '../../messages/emergency.ts';
import type { RunningDialect } from '../dialect.ts';
import { FieldMap, type SentFields } from '../kit/fields.ts';
import type { HttpAnswer, HttpRequest } from '../kit/http-message.ts';
import { createKeySends, type KeySendPorts, type KeySendSections } from '../kit/key-sends.ts';
import { type SenderCall, senderRoutes } from '../kit/sender-routes.ts';
import { failAsPushover, notSupported, PushoverError, pushoverAnswer } from './errors.ts';
import { pushoverContent, pushoverOptions, pushoverTargets, readPushoverPriority } from './message.ts';

/** The relay, as this dialect sees it. */
export interface PushoverPorts extends KeySendPorts {
  readonly devices: KeySendPorts['devices'] & { list(): readonly Device[] };
  readonly emergencies: Pick<Emergencies, 'receipt' | 'cancel' | 'cancelTag'>;
  /** The address of the relay with its prefix, as the caller reaches it. */
  publicUrl(request: HttpRequest): string;
  readonly clock: Clock;
}

/** The sections of the config that the dialect reads. */
export interface PushoverSections extends KeySendSections {
  readonly pushover: { readonly enabled: boolean };
}

const LIMIT = 10_000;
const toSeconds = (at: number | undefined) => (at === undefined ? 0 : Math.floor(at / 1000));

function tokenOf(request: HttpRequest, fields: SentFields): string[] {
  const [, encoded = ''] = /^basic\s+(\S+)$/i.exec(request.header('authorization')) ?? [];
  return [new FieldMap(fields).text('token') || (readBasic(encoded)?.user ?? '')];
}

/** Pushover. */
export const pushover = {
  name: 'pushover',
  paths: { socket: [] },
  create(ports: PushoverPorts, config: PushoverSections): RunningDialect | undefined {
    if (!config.pushover.enabled) return undefined;
    const { devices, emergencies, clock } = ports;
    const sends = createKeySends('pushover', ports, config);

    /** When a month of the original's limits ends, in seconds. */
    function reset(): number {
      const now = new Date(clock.now());
      return Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1) / 1000;
    }

    async function keyed(request: HttpRequest) {
      const { caller, fields } = await sends.keyed(request, (sent) => tokenOf(request, sent));
      return { caller, files: fields.files, fields: new FieldMap(fields), sender: senderOf(caller) };
    }

    function requireUser(fields: FieldMap): void {
      if (fields.text('user').trim() === '') {
        throw new PushoverError('user', 'invalid', 'user identifier is missing: any word will do');
      }
    }

    async function send(request: HttpRequest): Promise<HttpAnswer> {
      const limits = { limit: LIMIT, remaining: LIMIT, reset: reset() };
      for (const [name, value] of Object.entries(limits)) {
        request.answerHeaders[`x-limit-app-${name}`] = String(value);
      }
      const { caller, fields, files } = await keyed(request);
      requireUser(fields);
      const priority = readPushoverPriority(fields);
      const content = pushoverContent(fields, priority, files);
      const options = pushoverOptions(fields, priority, ports.publicUrl(request));
      const receipts: string[] = [];
      for (const to of pushoverTargets(fields, caller, devices, options?.emergency !== undefined)) {
        const { receipt } = await sends.send(request, caller, { content, to, options });
        if (receipt !== undefined) receipts.push(receipt);
      }
      return pushoverAnswer(receipts.length === 0 ? {} : { receipt: receipts[0] });
    }

    async function validate(request: HttpRequest): Promise<HttpAnswer> {
      const { caller, fields } = await keyed(request);
      requireUser(fields);
      const names = devices.list().flatMap(({ name }) => (caller.may('send', name, 'personal') ? [name] : []));
      const group = caller.key.settings.group === undefined ? 0 : 1;
      return pushoverAnswer({ group, devices: names, licenses: ['Android'] });
    }

    async function receipt(request: HttpRequest, id: string): Promise<HttpAnswer> {
      const { sender } = await keyed(request);
      const found = await emergencies.receipt(id, sender);
      if (found === undefined) throw noReceipt();
      const {
        acknowledgedAt,
        acknowledgedBy = '',
        user = '',
        lastDeliveredAt,
        expiresAt,
        isExpired,
        calledBackAt,
      } = found;
      const isAcknowledged = acknowledgedAt !== undefined;
      return pushoverAnswer({
        acknowledged: Number(isAcknowledged),
        acknowledged_at: toSeconds(acknowledgedAt),
        acknowledged_by: isAcknowledged ? user : '',
        acknowledged_by_device: acknowledgedBy,
        last_delivered_at: toSeconds(lastDeliveredAt),
        expired: Number(isExpired),
        expires_at: toSeconds(expiresAt),
        called_back: Number(calledBackAt !== undefined),
        called_back_at: toSeconds(calledBackAt),
      });
    }

    async function cancel(request: HttpRequest, id: string): Promise<HttpAnswer> {
      const { sender } = await keyed(request);
      if (!(await emergencies.cancel(id, sender))) throw noReceipt();
      return pushoverAnswer({});
    }

    async function cancelByTag(request: HttpRequest, tag: string): Promise<HttpAnswer> {
      const { sender } = await keyed(request);
      return pushoverAnswer({ canceled: await emergencies.cancelTag(sender, tag) });
    }

    async function known(request: HttpRequest, facts: () => object): Promise<HttpAnswer> {
      await keyed(request);
      return pushoverAnswer(facts());
    }

    const sounds = { pushover: 'Pushover (default)', none: 'None (silent)' };
    const call = (method: 'GET' | 'POST', path: string, answer: SenderCall['answer']): SenderCall => {
      return { paths: [`/1${path}`], methods: [method], answer };
    };
    return {
      routes: senderRoutes('/pushover', config.http.maxBody, [
        call('POST', '/messages.json', send),
        call('POST', '/users/validate.json', validate),
        call('GET', '/sounds.json', (request) => known(request, () => ({ sounds }))),
        call('GET', '/apps/limits.json', (request) =>
          known(request, () => ({ limit: LIMIT, remaining: LIMIT, reset: reset() })),
        ),
        call('POST', '/receipts/cancel_by_tag/:tag.json', (request, [tag = '']) => cancelByTag(request, tag)),
        call('GET', '/receipts/:receipt.json', (request, [id = '']) => receipt(request, id)),
        call('POST', '/receipts/:receipt/cancel.json', (request, [id = '']) => cancel(request, id)),
        {
          paths: ['/1/*'],
          methods: ['GET', 'POST'],
          answer: notSupported,
        },
      ]),
      fail: failAsPushover,
    };
  },
};

function noReceipt(): PushoverError {
  return new PushoverError('receipt', 'not found', 'receipt not found; may be invalid or expired', 'not_found');
}
