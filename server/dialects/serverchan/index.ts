// Server酱: its senders send with a key as the SendKey, and ask later what became of the message.
import { isReceived, isSettled, type StatusNames, statusName } from '../../../shared/status.ts';
import type { Authenticator } from '../../access/authenticator.ts';
import { readCredential } from '../../access/credentials.ts';
import { isKeyForm } from '../../access/key-record.ts';
import type { Keys } from '../../access/keys.ts';
import { RelayError } from '../../base/errors.ts';
import { sameDigest } from '../../base/hmac.ts';
import type { LoggedMessage, MessageLog } from '../../delivery/ports.ts';
import type { RunningDialect } from '../dialect.ts';
import { sourceOf } from '../kit/caller.ts';
import { refusalHead } from '../kit/errors.ts';
import { FieldMap } from '../kit/fields.ts';
import { type HttpAnswer, type HttpRequest, json } from '../kit/http-message.ts';
import { createKeySends, type KeySendPorts, type KeySendSections, keyContent } from '../kit/key-sends.ts';
import { findTarget } from '../kit/resolve-target.ts';
import { senderRoutes } from '../kit/sender-routes.ts';

/** The relay, as this dialect sees it. */
export interface ServerchanPorts extends KeySendPorts {
  readonly access: Pick<Authenticator, 'key' | 'refuse'>;
  readonly senderKeys: Pick<Keys, 'find'>;
  readonly log: Pick<MessageLog, 'find'>;
  /** Letters and digits that only this relay can make for a text. */
  sign(text: string, length: number): string;
}

/** The sections of the config that the dialect reads. */
export interface ServerchanSections extends KeySendSections {
  readonly serverchan: { readonly enabled: boolean };
  readonly statusNames: StatusNames;
}

const NAME = 'serverchan';
const USED: ReadonlySet<string> = new Set(['title', 'text', 'desp', 'tags', 'wait']);
/** Keys of this relay and of the original. A device may have such a name, so these are not always keys. */
const SEND_KEY = /^(?:SCT\w+|sctp\d*t?\w+|(?:A[A-Za-z0-9]{14}){1,2})$/;
const READ_KEY_LENGTH = 22;
const WRONG_KEY = '错误的Key';

const refused = (status: number, isKey: boolean, info: string, headers = {}) => {
  const [word, code, scode] = isKey ? ['[AUTH]', 40001, 461] : ['[INPUT]', 20001, 460];
  return json({ message: `${word}${info}`, code, info, args: [null], scode }, status, headers);
};

/** What became of a message, as JSON; `""` while no device has it. */
function stateOf({ statuses }: LoggedMessage, names: StatusNames): string {
  const all = [...statuses.values()];
  const isThere = all.some(isReceived);
  if (!isThere && !all.every(isSettled)) return '';
  const status = Object.fromEntries([...statuses].map(([name, one]) => [name, statusName(one, names)]));
  return JSON.stringify(isThere ? { errcode: 0, errmsg: 'ok', status } : { errcode: -1, errmsg: 'failed', status });
}

/** Server酱. */
export const serverchan = {
  name: NAME,
  paths: { socket: [] },
  create(ports: ServerchanPorts, config: ServerchanSections): RunningDialect | undefined {
    if (!config.serverchan.enabled) return undefined;
    const { access, devices, log, senderKeys } = ports;
    const sends = createKeySends(NAME, ports, config);
    const readKeyOf = (mid: string) => `SCT${ports.sign(`readkey ${mid}`, READ_KEY_LENGTH)}`;

    /** Whether the name in `/<name>.send` is a key. Those whose name is not known show their credential elsewhere. */
    function isKey(name: string, { headers, querystring }: HttpRequest): boolean {
      if (isKeyForm(name) && senderKeys.find(name) !== undefined) return true;
      if (!SEND_KEY.test(name) || findTarget(name, devices) !== undefined) return false;
      return readCredential(headers, { query: () => new URLSearchParams(querystring) }) === undefined;
    }

    async function send(request: HttpRequest, [key = '']: readonly string[]): Promise<HttpAnswer> {
      const caller = await sends.caller(request, key, '/:key.send');
      const instead = sends.guard(request, []);
      if (instead !== undefined) return instead;
      const sent = await sends.fields(request);
      const fields = new FieldMap(sent);
      const title = fields.text('title') || fields.text('text');
      if (title.trim() === '') throw new RelayError('invalid', 'title 不能为空');
      const tags = fields.text('tags').split('|').filter(Boolean);
      const content = keyContent({
        title,
        body: fields.text('desp'),
        extra: fields.others(USED),
        tags,
        files: sent.files,
      });
      const { mid } = await sends.send(request, caller, { content });
      const data = { pushid: mid, readkey: readKeyOf(mid), error: 'SUCCESS', errno: 0 };
      return json({ code: 0, message: '', data });
    }

    async function state(request: HttpRequest): Promise<HttpAnswer> {
      const [id, readkey] = [request.parameter('id') ?? '', request.parameter('readkey') ?? ''];
      if (!/^\d{1,20}$/.test(id) || !sameDigest(readKeyOf(id), readkey)) {
        throw access.refuse(readkey, sourceOf(request, NAME), new RelayError('unauthorized', 'the readkey is wrong'));
      }
      const found = await log.find(id);
      if (found === undefined) throw new RelayError('invalid', 'no such message');
      const { content, createdAt, mid } = found.message;
      const at = new Date(createdAt).toISOString().replace(/\.\d+Z$/, '+00:00');
      const data = { id: mid, uid: '', title: content.title, desp: content.body, encoded: '', readkey };
      const wxstatus = stateOf(found, config.statusNames);
      return json({ code: 0, message: '', data: { ...data, wxstatus, created_at: at, updated_at: at } });
    }

    return {
      routes: senderRoutes('/serverchan', config.http.maxBody, [
        {
          paths: ['/:key.send'],
          below: [],
          methods: ['GET', 'POST'],
          isShared: true,
          fast: true,
          answer: (request, params) => (isKey(params[0] ?? '', request) ? send(request, params) : undefined),
        },
        {
          paths: ['/send/:key.send'],
          below: ['/:key.send', '/send/:key.send'],
          methods: ['GET', 'POST'],
          answer: send,
        },
        {
          paths: ['/push'],
          fast: true,
          methods: ['GET'],
          isShared: true,
          answer: (request) => (/(?:^|&)readkey=/.test(request.querystring) ? state(request) : undefined),
        },
      ]),
      fail(error) {
        const { status, headers } = refusalHead(error);
        const { code, message } = error;
        if (code === 'unauthorized' || code === 'revoked') return refused(400, true, WRONG_KEY, headers);
        if (code === 'not_found') return refused(400, false, 'no such device', headers);
        return refused(status, code === 'forbidden', message, headers);
      },
    };
  },
};
