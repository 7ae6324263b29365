// Swiping a row: left deletes, right pins. A mouse has the menu instead.
import { useEffect, useRef } from 'preact/hooks';

/** Only a longer swipe acts, px. */
const FAR = 88;
/** A shorter move is still a tap or the start of a scroll, px. */
const NEAR = 12;

export type Side = 'left' | 'right';

/** @returns a ref for the element that moves; its parent's attribute `data-swipe` names the side */
export function useSwipe<Moved extends HTMLElement>(onSwipe: (side: Side) => void) {
  const ref = useRef<Moved>(null);
  const latest = useRef(onSwipe);
  latest.current = onSwipe;
  useEffect(() => {
    const moved = ref.current;
    const behind = moved?.parentElement;
    if (moved === null || behind === null || behind === undefined) return;
    let start: { readonly id: number; readonly x: number; readonly y: number } | undefined;
    let swiping = false;
    let offset = 0;

    const move = (distance: number) => {
      offset = distance;
      moved.style.transform = distance === 0 ? '' : `translateX(${distance}px)`;
      if (distance === 0) delete behind.dataset['swipe'];
      else behind.dataset['swipe'] = distance < 0 ? 'left' : 'right';
      behind.toggleAttribute('data-far', Math.abs(distance) > FAR);
    };
    const down = (event: PointerEvent) => {
      if (event.pointerType !== 'mouse') start = { id: event.pointerId, x: event.clientX, y: event.clientY };
    };
    const drag = (event: PointerEvent) => {
      if (start === undefined || event.pointerId !== start.id) return;
      const [x, y] = [event.clientX - start.x, event.clientY - start.y];
      if (!swiping && Math.abs(x) < NEAR) return;
      if (!swiping && Math.abs(y) > Math.abs(x)) start = undefined;
      else {
        if (!swiping) moved.setPointerCapture(event.pointerId);
        swiping = true;
        move(x);
      }
    };
    const up = (event: PointerEvent) => {
      const side = event.type === 'pointerup' && Math.abs(offset) > FAR ? (offset < 0 ? 'left' : 'right') : undefined;
      start = undefined;
      move(0);
      if (side !== undefined) latest.current(side);
    };
    // The click at the end of a swipe must not open the message.
    const click = (event: MouseEvent) => {
      if (swiping) {
        event.preventDefault();
        event.stopPropagation();
      }
      swiping = false;
    };
    moved.addEventListener('pointerdown', down);
    moved.addEventListener('pointermove', drag);
    moved.addEventListener('pointerup', up);
    moved.addEventListener('pointercancel', up);
    moved.addEventListener('click', click, { capture: true });
    return () => {
      moved.removeEventListener('pointerdown', down);
      moved.removeEventListener('pointermove', drag);
      moved.removeEventListener('pointerup', up);
      moved.removeEventListener('pointercancel', up);
      moved.removeEventListener('click', click, { capture: true });
    };
  }, []);
  return ref;
}
