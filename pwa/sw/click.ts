// A click on a notification or on one of its buttons.

import { isObject } from '../../shared/object.ts';
import { callAction } from '../src/model/message/http-action.ts';
import { isMid } from '../src/model/message/read-message.ts';
import type { MessageAction } from '../src/model/model.ts';
import { isForbiddenByPolicy } from '../src/model/relay/server-url.ts';
import { DEFAULT_SETTINGS, readSettings } from '../src/model/store/meta.ts';
import { type AnswerWorkerPorts, answerOf, answerQuestion, readAsked } from './answer.ts';
import { planPlain } from './notification.ts';
import { textsFor } from './texts.ts';

/** An open window of the page. */
export interface WindowPort {
  readonly url: string;
  readonly focused: boolean;
  readonly visibilityState: string;
  focus(): Promise<unknown>;
  postMessage(message: unknown): void;
}

/** What {@link handleClick} needs. */
export interface ClickWorkerPorts extends AnswerWorkerPorts {
  /** Address of the page. */
  readonly page: string;
  readonly language: string;
  readonly fetch: typeof fetch;
  windows(): Promise<readonly WindowPort[]>;
  openWindow(url: string): Promise<unknown>;
}

const ACTION_TIMEOUT = 20_000;

/**
 * Runs the action of the clicked button, or opens the message.
 * @param data the notification's `data`
 * @param button the `action` of the clicked button; `""` when the person clicked the notification itself
 */
export async function handleClick(data: unknown, button: string, ports: ClickWorkerPorts): Promise<void> {
  const { accountId, mid, actions, ask, isDigest }: Record<string, unknown> = isObject(data) ? data : {};
  if (isDigest === true) {
    await openList(ports);
    return;
  }
  const account = typeof accountId === 'string' ? accountId : '';
  const message = isMid(mid) ? mid : '';
  const action = Array.isArray(actions) && button !== '' ? (actions[Number(button)] as MessageAction) : undefined;
  const asked = readAsked(ask);
  const answer = asked && answerOf(asked, button);
  if (asked !== undefined && answer !== undefined) {
    const texts = await settingsTexts(ports);
    await answerQuestion({ accountId: account, mid: message }, asked, answer, texts, ports);
  } else if (action?.kind === 'open') {
    // `openWindow` rejects links to apps. The opened message shows the same link as a button.
    await ports.openWindow(action.url).catch(() => openMessage(account, message, false, ports));
  } else if (action?.kind === 'http' && !isForbiddenByPolicy(action.url, ports.page)) {
    await runHttp(action, ports);
  } else {
    // Only the page can copy a text, and only the page can explain why it must not call an address over plain http.
    await openMessage(account, message, asked?.kind === 'text', ports);
  }
}

/** The texts in the language of the settings, or else of the browser. */
async function settingsTexts({ database, language }: ClickWorkerPorts) {
  const settings = await database()
    .then(readSettings)
    .catch(() => DEFAULT_SETTINGS);
  return textsFor(settings.language ?? language);
}

/** The open window of the page that a person sees best. */
async function findWindow({ page, windows }: ClickWorkerPorts): Promise<WindowPort | undefined> {
  const open = (await windows()).filter(({ url }) => url.startsWith(page));
  return (
    open.find(({ focused }) => focused) ?? open.find(({ visibilityState }) => visibilityState === 'visible') ?? open[0]
  );
}

async function openList(ports: ClickWorkerPorts): Promise<void> {
  const window = await findWindow(ports);
  window?.postMessage({ kind: 'list' });
  await (window === undefined ? ports.openWindow(ports.page) : window.focus());
}

async function openMessage(accountId: string, mid: string, toAnswer: boolean, ports: ClickWorkerPorts): Promise<void> {
  const isMessage = accountId !== '' && mid !== '';
  const window = await findWindow(ports);
  if (window === undefined) {
    await ports.openWindow(
      new URL(isMessage ? `./#${toAnswer ? 'answer' : 'message'}=${accountId}/${mid}` : './', ports.page).href,
    );
    return;
  }
  if (isMessage) window.postMessage({ kind: 'open', accountId, mid, ...(toAnswer ? { toAnswer } : {}) });
  await window.focus();
}

async function runHttp(action: Extract<MessageAction, { kind: 'http' }>, ports: ClickWorkerPorts): Promise<void> {
  const response = await callAction(action, ports.fetch, ACTION_TIMEOUT).catch(() => undefined);
  if (response?.ok === true) return;
  const now = ports.clock.now();
  await ports.show(planPlain(action.label, (await settingsTexts(ports)).actionFailed, `action:${now}`, now));
}
