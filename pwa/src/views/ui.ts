// What all views share: the model, texts, the route, toasts and questions. A page has one; each test creates its own.
import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Key } from '../locales/en.ts';
import { loadTranslator, pickLanguage, type Translate, type Translator, type Values } from '../locales/translator.ts';
import { ActionError, type InboxMessage, type LocalizedText, type Model } from '../model/model.ts';
import { createHistory, type History } from './history.ts';
import type { RenderMarkdown } from './message/render-markdown.ts';
import { readShared, type Shared } from './route.ts';

/** A short message at the bottom. */
export interface Toast {
  readonly id: number;
  /** A signal if the text can change while the toast is shown. */
  readonly text: string | ReadonlySignal<string>;
  readonly tone: 'plain' | 'bad';
  readonly action?: { readonly label: string; readonly run: () => void };
  close(): void;
}

/** A question to a person before something that cannot be undone. */
export interface Question {
  readonly title: string;
  readonly text: string;
  /** Shown as code below the text: an address, a name. */
  readonly detail?: string;
  readonly yes: string;
  readonly danger?: boolean;
  /** A checkbox below the question. */
  readonly option?: { readonly label: string; readonly chosen: Signal<boolean> };
}

export interface Ui extends History {
  readonly model: Model;
  readonly translator: ReadonlySignal<Translator>;
  readonly t: Translate;
  /** The time, updated twice a minute, for relative times. */
  readonly now: ReadonlySignal<number>;
  /** Keys ({@link keyOf}) of messages that are hidden while a person can still undo their deletion. */
  readonly leaving: ReadonlySignal<ReadonlySet<string>>;
  /** How many messages are shown as unread. */
  readonly unread: ReadonlySignal<number>;
  /** Whether a message is shown as read, even while a person can still undo that. */
  isRead(message: InboxMessage): boolean;
  readonly toasts: ReadonlySignal<readonly Toast[]>;
  readonly question: ReadonlySignal<(Question & { answer(yes: boolean): void }) | undefined>;
  /** The text that screen readers announce. */
  readonly announcement: ReadonlySignal<string>;
  /** The text that another app shared, until the composer takes it. */
  readonly shared: ReadonlySignal<Shared | undefined>;
  /** Shows a text for a few seconds, and never twice at a time. @returns a function that closes the toast */
  toast(text: Toast['text'], options?: { tone?: Toast['tone']; action?: Toast['action']; ms?: number }): () => void;
  announce(text: string): void;
  ask(question: Question): Promise<boolean>;
  /** Runs an action of the model. If it fails, shows the reason as a toast and resolves to false. */
  attempt(action: () => Promise<unknown>): Promise<boolean>;
  /** The text of an error of the model. A bug gets a general text instead of its own. */
  explain(error: unknown): string;
  /** Hides messages (`leaving`) or shows them as read (`reading`) before the change is final, or stops that. */
  setPending(change: 'leaving' | 'reading', keys: readonly string[], isPending: boolean): void;
  takeShared(): Shared | undefined;
  /** Converts Markdown to plain text. Returns the text unchanged until the chunk is loaded. */
  readonly plainText: ReadonlySignal<(markdown: string, limit?: number) => string>;
  /** Loads the Markdown renderer once, because the page's policy allows its Trusted Types policy only once. */
  markdown(): Promise<RenderMarkdown>;
  /** Loads the language of the settings. */
  speak(): Promise<void>;
  close(): void;
}

const TOAST_MS = 5000;
const MAX_TOASTS = 3;

/** A key that is unique over all relays. */
export function keyOf(message: { readonly accountId: string; readonly mid: string }): string {
  return `${message.accountId}/${message.mid}`;
}

/** @throws if the texts cannot be loaded, because the page can show nothing without them */
export async function createUi(model: Model, page: Window & typeof globalThis = window): Promise<Ui> {
  const languages = () => page.navigator.languages;
  const wanted = () => pickLanguage(model.settings.value.language, languages());
  const translator = signal(await loadTranslator(wanted(), languages()));
  const now = signal(Date.now());
  const leaving = signal<ReadonlySet<string>>(new Set());
  const reading = signal<ReadonlySet<string>>(new Set());
  const toasts = signal<readonly Toast[]>([]);
  const question = signal<(Question & { answer(yes: boolean): void }) | undefined>(undefined);
  const announcement = signal('');
  const shared = signal(readShared(page.location.search));
  const history = createHistory(page, shared.value === undefined ? undefined : { view: 'send' });
  const ticking = page.setInterval(() => {
    now.value = Date.now();
  }, 30_000);
  const plainText = signal((markdown: string, limit?: number) => markdown.slice(0, limit));
  // Not needed for the first paint. Without the chunk, the raw text is shown.
  import('../model/message/plain-text.ts').then(
    (chunk) => {
      plainText.value = chunk.plainText;
    },
    () => undefined,
  );
  let lastToast = 0;
  let markdown: Promise<RenderMarkdown> | undefined;

  const t: Translate = (text: Key | LocalizedText, values?: Values) =>
    typeof text === 'string' ? translator.value.t(text, values) : translator.value.t(text);
  const explain = (error: unknown) =>
    error instanceof ActionError ? translator.peek().t(error.text) : translator.peek().t('error.unexpected');

  const toast: Ui['toast'] = (text, { tone = 'plain', action, ms = TOAST_MS } = {}) => {
    lastToast += 1;
    const id = lastToast;
    const close = () => {
      toasts.value = toasts.peek().filter((shown) => shown.id !== id);
    };
    // A toast with an action stays, because each undoes something else.
    const others = toasts
      .peek()
      .filter((shown) => shown.text !== text || shown.action !== undefined || action !== undefined);
    const added = { id, text, tone, close, ...(action === undefined ? {} : { action }) };
    toasts.value = [...others.slice(1 - MAX_TOASTS), added];
    if (ms !== Number.POSITIVE_INFINITY) page.setTimeout(close, ms);
    return close;
  };

  return {
    ...history,
    model,
    translator,
    t,
    now,
    leaving,
    toasts,
    question,
    announcement,
    shared,
    plainText,
    toast,
    explain,
    announce: (text) => {
      announcement.value = text;
    },
    ask: (asked) =>
      new Promise((resolve) => {
        question.value = {
          ...asked,
          answer: (yes) => {
            question.value = undefined;
            resolve(yes);
          },
        };
      }),
    attempt: async (action) => {
      try {
        await action();
        return true;
      } catch (error) {
        if (!(error instanceof ActionError)) console.error(error);
        toast(explain(error), { tone: 'bad', ms: 8000 });
        return false;
      }
    },
    unread: computed(() => Math.max(0, model.unread.value - reading.value.size)),
    isRead: (message) => message.read || reading.value.has(keyOf(message)),
    setPending: (change, keys, isPending) => {
      const pending = change === 'leaving' ? leaving : reading;
      const next = new Set(pending.peek());
      for (const key of keys) isPending ? next.add(key) : next.delete(key);
      pending.value = next;
    },
    takeShared: () => {
      const taken = shared.peek();
      shared.value = undefined;
      return taken;
    },
    markdown: () => {
      markdown ??= import('./message/render-markdown.ts').then(({ createMarkdown }) => createMarkdown(page));
      markdown.catch(() => {
        markdown = undefined;
      });
      return markdown;
    },
    speak: async () => {
      const language = wanted();
      if (language !== translator.peek().language) translator.value = await loadTranslator(language, languages());
    },
    close: () => {
      page.clearInterval(ticking);
      history.close();
    },
  };
}

export const UiContext = createContext<Ui | undefined>(undefined);

/** @throws Error outside the app */
export function useUi(): Ui {
  const ui = useContext(UiContext);
  if (ui === undefined) throw new Error('a view was rendered outside of the app');
  return ui;
}
