// Keeps the route in the browser's history, so that the back button, links and deep links work.

import { type ReadonlySignal, signal } from '@preact/signals';
import { isObject } from '../../../shared/object.ts';
import { formatRoute, parseRoute, type Route } from './route.ts';

export interface History {
  readonly route: ReadonlySignal<Route>;
  go(route: Route, options?: { readonly replace?: boolean }): void;
  /** Returns to the previous view, or to the inbox when there is none. */
  back(): void;
  close(): void;
}

function depthOf(state: unknown): number {
  const depth: unknown = isObject(state) ? state['depth'] : 0;
  return typeof depth === 'number' ? depth : 0;
}

/** @param first the route to open instead of the address, for what another app shared; removes the query from the address */
export function createHistory(page: Window, first: Route | undefined): History {
  const { history, location } = page;
  if (first !== undefined) history.replaceState({ depth: 0 }, '', `${location.pathname}${formatRoute(first)}`);
  const route = signal(parseRoute(location.hash));

  const follow = () => {
    const next = parseRoute(location.hash);
    if (formatRoute(next) !== formatRoute(route.peek())) route.value = next;
  };
  page.addEventListener('popstate', follow);
  page.addEventListener('hashchange', follow);

  const go: History['go'] = (next, { replace = false } = {}) => {
    const address = formatRoute(next);
    if (address === formatRoute(route.peek())) return;
    const depth = depthOf(history.state);
    if (replace) history.replaceState({ depth }, '', address);
    else history.pushState({ depth: depth + 1 }, '', address);
    route.value = next;
  };

  return {
    route,
    go,
    back: () => {
      if (depthOf(history.state) > 0) history.back();
      else go({ view: 'inbox' }, { replace: true });
    },
    close: () => {
      page.removeEventListener('popstate', follow);
      page.removeEventListener('hashchange', follow);
    },
  };
}
