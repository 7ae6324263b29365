// How each kind of sender sends, and what its refusals look like. For stories that hold for all of them.
import { expect } from 'chai';
import type { Answer } from '../support/relay-client.ts';

/** A request. */
export interface Sent {
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** One kind of sender. */
export interface SenderForm {
  readonly name: string;
  /** Sends this title and text with a key, as JSON with these further members. */
  send(key: string, title: string, more?: object): Sent;
  /** The names of the fields that it sends, and whether it refuses values of other types, or reads past them. */
  readonly fields: readonly string[];
  readonly isStrict: boolean;
  /** Checks the answer to a message that was taken. */
  taken(answer: Answer): void;
  /** Checks the form of a refusal, and gives its text. */
  refused(answer: Answer): string;
}

const json = (path: string, value: object, headers: Readonly<Record<string, string>> = {}): Sent => ({
  path,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(value),
});

/** A refusal that is JSON with these members. */
function members(answer: Answer, names: readonly string[], text: string): string {
  expect(answer.json, answer.text).to.be.an('object');
  expect(Object.keys(answer.json).sort()).to.include.members([...names].sort());
  return String(answer.json[text]);
}

const isOk = (answer: Answer) => expect(answer.status, answer.text).to.equal(200);

/** All of them. */
export const SENDER_FORMS: readonly SenderForm[] = [
  {
    name: 'bark',
    send: (device_key, title, more) => json('/push', { device_key, title, body: 'text', ...more }),
    fields: ['title', 'body', 'url', 'group', 'level'],
    isStrict: false,
    taken: (answer) => expect(answer.json, answer.text).to.include({ code: 200, message: 'success' }),
    refused: (answer) => members(answer, ['code', 'message', 'timestamp'], 'message'),
  },
  {
    name: 'pushdeer',
    send: (pushkey, text, more) => json('/message/push', { pushkey, text, desp: 'text', ...more }),
    fields: ['text', 'desp', 'type'],
    isStrict: true,
    taken: (answer) => expect(answer.json, answer.text).to.include({ code: 0 }),
    refused: (answer) => members(answer, ['code', 'error'], 'error'),
  },
  {
    name: 'pushover',
    send: (token, title, more) => json('/1/messages.json', { token, user: 'me', title, message: 'text', ...more }),
    fields: ['title', 'message', 'device', 'url', 'user', 'priority', 'html'],
    isStrict: true,
    taken: (answer) => expect(answer.json, answer.text).to.include({ status: 1 }),
    refused: (answer) => members(answer, ['status', 'errors', 'request'], 'errors'),
  },
  {
    name: 'serverchan',
    send: (key, title, more) => json(`/send/${key}.send`, { title, desp: 'text', ...more }),
    fields: ['title', 'desp', 'tags'],
    isStrict: true,
    taken: (answer) => expect(answer.json, answer.text).to.include({ code: 0 }),
    refused: (answer) => members(answer, ['message', 'code', 'info', 'args', 'scode'], 'info'),
  },
  {
    name: 'apprise',
    send: (key, title, more) => json(`/notify/${key}`, { title, body: 'text', ...more }),
    fields: ['title', 'body', 'type', 'format'],
    isStrict: true,
    taken: isOk,
    refused: (answer) => members(answer, ['error'], 'error'),
  },
  {
    name: 'pushme',
    send: (push_key, title, more) => json('/', { push_key, title, content: 'text', ...more }),
    fields: ['title', 'content', 'type'],
    isStrict: true,
    taken: (answer) => expect(answer.text).to.equal('success'),
    refused(answer) {
      expect(answer.headers.get('content-type')).to.equal('text/plain; charset=utf-8');
      return answer.text;
    },
  },
  {
    name: 'pushplus',
    send: (token, title, more) => json('/send', { token, title, content: 'text', ...more }),
    fields: ['title', 'content', 'template', 'topic'],
    isStrict: true,
    taken: (answer) => expect(answer.json, answer.text).to.include({ code: 200 }),
    refused: (answer) => members(answer, ['code', 'data', 'msg'], 'msg'),
  },
  {
    name: 'slack',
    send: (key, title, more) => json(`/slack/${key}`, { text: 'text', attachments: [{ title }], ...more }),
    fields: ['text', 'attachments', 'username', 'icon_url', 'blocks'],
    isStrict: false,
    taken: (answer) => expect(answer.text).to.equal('ok'),
    refused(answer) {
      expect(answer.headers.get('content-type')).to.equal('text/html');
      return answer.text;
    },
  },
  {
    name: 'discord',
    send: (key, title, more) => json(`/discord/${key}?wait=true`, { content: 'text', embeds: [{ title }], ...more }),
    fields: ['content', 'embeds', 'username', 'avatar_url', 'flags'],
    isStrict: false,
    taken: isOk,
    refused: (answer) => members(answer, ['message', 'code'], 'message'),
  },
  {
    name: 'hooks',
    send: (key, title, more) => json(`/hook/${key}`, { title, message: 'text', ...more }),
    fields: ['title', 'message', 'priority', 'url', 'as'],
    isStrict: false,
    taken: isOk,
    refused: (answer) => members(answer, ['error', 'code'], 'error'),
  },
  {
    name: 'gotify',
    send: (token, title, more) => json('/message', { title, message: 'text', ...more }, { 'x-gotify-key': token }),
    fields: ['title', 'message', 'priority'],
    isStrict: true,
    taken: isOk,
    refused: (answer) => members(answer, ['error', 'errorCode', 'errorDescription'], 'errorDescription'),
  },
  {
    name: 'ntfy',
    // The topic is the device of the key.
    send: (key, title, more) =>
      json('/', { topic: 'phone', title, message: 'text', ...more }, { authorization: `Bearer ${key}` }),
    fields: ['title', 'message', 'priority', 'tags', 'click'],
    isStrict: true,
    taken: isOk,
    refused(answer) {
      expect(Object.keys(answer.json)).to.include.members(['code', 'http', 'error']);
      expect(answer.json.http).to.equal(answer.status);
      return answer.json.error;
    },
  },
];
