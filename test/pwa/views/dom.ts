// A browser's window in this process, for tests of views: made before them, taken away after, because other tests run here too.
import { JSDOM } from 'jsdom';

/** What views and their libraries look for in the global scope. */
const NAMES = [
  ...[
    'window',
    'document',
    'navigator',
    'location',
    'history',
    'Node',
    'Element',
    'HTMLElement',
    'Text',
    'DOMException',
  ],
  ...['MutationObserver', 'getComputedStyle', 'matchMedia', 'CSS', 'addEventListener', 'removeEventListener'],
  ...['requestAnimationFrame', 'cancelAnimationFrame', 'MouseEvent', 'KeyboardEvent', 'PointerEvent'],
] as const;

export interface Page {
  readonly window: Window & typeof globalThis;
  close(): void;
}

/** What jsdom does not have and every browser does. */
function complete(window: Window & typeof globalThis): void {
  window.matchMedia = () => ({ matches: false }) as MediaQueryList;
  Object.defineProperty(window, 'CSS', { value: { escape: (text: string) => text.replace(/[^\w-]/g, '\\$&') } });
  const dialog = window.HTMLDialogElement.prototype;
  dialog.showModal = function showModal() {
    this.setAttribute('open', '');
  };
  dialog.close = function close() {
    this.removeAttribute('open');
  };
}

/** @param path with query and hash */
export function openPage(path = '/'): Page {
  const dom = new JSDOM('<!doctype html><html lang="en"><body></body></html>', {
    url: `https://push.example.org${path}`,
    pretendToBeVisual: true,
  });
  const window = dom.window as unknown as Window & typeof globalThis;
  complete(window);
  const before = new Map(NAMES.map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)]));
  for (const name of NAMES) {
    const value: unknown = Reflect.get(window, name);
    // Functions of the window do not work without it.
    const isMethod = typeof value === 'function' && /^[a-z]/.test(name);
    Object.defineProperty(globalThis, name, {
      value: isMethod ? value.bind(window) : value,
      configurable: true,
      writable: true,
    });
  }
  return {
    window,
    close: () => {
      dom.window.close();
      for (const [name, descriptor] of before) {
        if (descriptor === undefined) Reflect.deleteProperty(globalThis, name);
        else Object.defineProperty(globalThis, name, descriptor);
      }
    },
  };
}
