// Maps the hash of the address to a view. Browsers never send the hash, so a pairing code in it stays out of logs.

/** A text that another app shared, for the composer. */
export interface Shared {
  readonly title: string;
  readonly body: string;
  /** Whether there is a file too, see model/store/shared-file.ts. */
  readonly hasFile?: boolean;
}

export type Route =
  | { readonly view: 'inbox' }
  | {
      readonly view: 'message';
      readonly accountId: string;
      readonly mid: string;
      /** Whether the field for the answer gets the focus. */
      readonly toAnswer?: true;
    }
  | { readonly view: 'send' }
  | { readonly view: 'settings' }
  | { readonly view: 'senders' }
  | { readonly view: 'beats' }
  | { readonly view: 'manage'; readonly code: string }
  | { readonly view: 'pair'; readonly code: string };

/** The routes of what an owner does, which are below the settings. */
export type OwnerRoute = Extract<Route, { readonly view: 'senders' | 'beats' | 'manage' }>;

export function isOwnerView(route: Route): route is OwnerRoute {
  return ['senders', 'beats', 'manage'].includes(route.view);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The route of a hash. An unknown hash opens the inbox. */
export function parseRoute(hash: string): Route {
  const [, name = '', value = ''] = /^#([a-z]*)(?:=(.*))?$/s.exec(hash) ?? [];
  if (name === 'send') return { view: 'send' };
  if (name === 'settings') return { view: 'settings' };
  if (name === 'senders' || name === 'beats') return { view: name };
  if (name === 'pair' || name === 'manage') return { view: name, code: decode(value) };
  const message = name === 'message' || name === 'answer' ? /^(.+)\/(\d+)$/s.exec(value) : null;
  if (message === null) return { view: 'inbox' };
  const place = { view: 'message', accountId: decode(message[1] ?? ''), mid: message[2] ?? '' } as const;
  return name === 'answer' ? { ...place, toAnswer: true } : place;
}

/** The hash of a route: `#` for the inbox. */
export function formatRoute(route: Route): string {
  switch (route.view) {
    case 'inbox':
      return '#';
    case 'message':
      return `#${route.toAnswer ? 'answer' : 'message'}=${encodeURIComponent(route.accountId)}/${route.mid}`;
    case 'pair':
    case 'manage':
      return `#${route.view}${route.code === '' ? '' : `=${encodeURIComponent(route.code)}`}`;
    default:
      return `#${route.view}`;
  }
}

/** Reads what another app shared, from the query that the manifest's share target builds. */
export function readShared(search: string): Shared | undefined {
  const query = new URLSearchParams(search);
  const [title = '', text = '', url = ''] = ['title', 'text', 'url'].map((name) => query.get(name)?.trim());
  // Many apps put the address into the text and leave `url` empty; others fill both.
  const body = text.includes(url) ? text : [text, url].filter((part) => part !== '').join('\n\n');
  const hasFile = query.has('file');
  return title === '' && body === '' && !hasFile ? undefined : { title, body, ...(hasFile ? { hasFile } : {}) };
}
