// Maps the hash of the address to a view. Browsers never send the hash, so a pairing code in it stays out of logs.

/** A text that another app shared, for the composer. */
export interface Shared {
  readonly title: string;
  readonly body: string;
  /** Whether there is a file too, see model/store/shared-file.ts. */
  readonly hasFile?: boolean;
}

/** What an owner does, in the order in which it is offered. */
export const OWNER_VIEWS = [
  'overview',
  'activity',
  'senders',
  'templates',
  'devices',
  'webhooks',
  'apps',
  'beats',
  'nodes',
  'log',
  'backup',
  'manage',
] as const;

export type OwnerViewName = (typeof OWNER_VIEWS)[number];

type PlainOwnerView = Exclude<OwnerViewName, 'activity' | 'manage'>;

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
  | { readonly view: PlainOwnerView }
  | { readonly view: 'activity'; readonly target: string }
  | { readonly view: 'manage'; readonly code: string }
  | { readonly view: 'pair'; readonly code: string };

/** The routes of what an owner does, which are below the settings. */
export type OwnerRoute = Extract<Route, { readonly view: OwnerViewName }>;

export function isOwnerView(route: Route): route is OwnerRoute {
  return OWNER_VIEWS.some((view) => view === route.view);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** @param value a code for `manage`, a target for `activity` */
export function ownerRoute(view: OwnerViewName, value = ''): OwnerRoute {
  if (view === 'manage') return { view, code: value };
  if (view === 'activity') return { view, target: value };
  return { view };
}

/** The route of a hash. An unknown hash opens the inbox. */
export function parseRoute(hash: string): Route {
  const [, name = '', value = ''] = /^#([a-z]*)(?:=(.*))?$/s.exec(hash) ?? [];
  if (name === 'send') return { view: 'send' };
  if (name === 'settings') return { view: 'settings' };
  if (name === 'pair') return { view: name, code: decode(value) };
  const owned = OWNER_VIEWS.find((view) => view === name);
  if (owned !== undefined) return ownerRoute(owned, decode(value));
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
    case 'activity':
      return route.target === '' ? '#activity' : `#activity=${encodeURIComponent(route.target)}`;
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
