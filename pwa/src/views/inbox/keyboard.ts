// Keyboard shortcuts of the inbox: j and k or arrows, /, Escape.
import { useLayoutEffect, useRef } from 'preact/hooks';

export interface KeyCommands {
  /** Moves to the next (1) or the previous message (-1). */
  move(step: 1 | -1): void;
  search(): void;
  /** @returns whether there was anything to leave */
  leave(): boolean;
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('input, textarea, select, [contenteditable]') !== null;
}

/** Listens on the whole page, except while a person types or a dialog is open. */
export function useKeys(commands: KeyCommands): void {
  const latest = useRef(commands);
  latest.current = commands;
  // A layout effect runs before the first paint, so that no key is lost.
  useLayoutEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      if (isTyping(event.target) || document.querySelector('dialog[open]') !== null) return;
      if (event.key === 'j' || event.key === 'ArrowDown') latest.current.move(1);
      else if (event.key === 'k' || event.key === 'ArrowUp') latest.current.move(-1);
      else if (event.key === '/') latest.current.search();
      else if (event.key !== 'Escape' || !latest.current.leave()) return;
      event.preventDefault();
    };
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, []);
}
