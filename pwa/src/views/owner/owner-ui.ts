// What the views of an owner share: their texts, and how they load what they show.
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { type OwnerKey, ownerEn } from '../../locales/owner/en.ts';
import { ownerZh } from '../../locales/owner/zh.ts';
import { createFormat, type Values } from '../../locales/translator.ts';
import type { Account } from '../../model/model.ts';
import type { Owner } from '../../model/owner/owner.ts';
import { useUi } from '../ui.ts';

/** What each of the views gets. */
export interface OwnerProps {
  readonly account: Account;
  readonly owner: Owner;
}

/** Makes an owner's text. */
export type OwnerText = (key: OwnerKey, values?: Values) => string;

/** One for each language, because making one is slow and each row of a list needs it. */
const texts = new Map<string, OwnerText>();

/** The texts of an owner, in the language of the page. */
export function useTexts(): OwnerText {
  const { language, tag } = useUi().translator.value;
  const id = `${language} ${tag}`;
  const made = texts.get(id) ?? createFormat<OwnerKey>(language === 'zh' ? ownerZh : ownerEn, tag);
  texts.set(id, made);
  return made;
}

/** Something that a view shows once it is loaded. */
export interface Loaded<T> {
  /** The last value that could be loaded. */
  readonly value: T | undefined;
  /** Why the last try failed. */
  readonly failure: string | undefined;
  load(): Promise<void>;
}

/** Loads at once, and again with `load`. @param id of what is loaded: another one is loaded again */
export function useLoaded<T>(id: string, read: () => Promise<T>): Loaded<T> {
  const { explain } = useUi();
  const [state, setState] = useState<{ readonly value?: T; readonly failure?: string }>({});
  const latest = useRef(read);
  latest.current = read;
  /** Counts the loads, so that a slow answer does not replace that of a later one. */
  const turn = useRef(0);
  const load = useCallback(async () => {
    turn.current += 1;
    const own = turn.current;
    try {
      const value = await latest.current();
      if (turn.current === own) setState({ value });
    } catch (error) {
      if (turn.current === own) setState((before) => ({ ...before, failure: explain(error) }));
    }
  }, [explain]);
  useEffect(() => {
    setState({});
    void load();
    return () => {
      turn.current += 1;
    };
  }, [id, load]);
  return { value: state.value, failure: state.failure, load };
}

/** Calls the function while the page is visible, every `ms` and when the page is shown again. */
export function useRefresh(refresh: () => void, ms: number): void {
  const latest = useRef(refresh);
  latest.current = refresh;
  useEffect(() => {
    const run = () => {
      if (document.visibilityState === 'visible') latest.current();
    };
    const ticking = setInterval(run, ms);
    document.addEventListener('visibilitychange', run);
    return () => {
      clearInterval(ticking);
      document.removeEventListener('visibilitychange', run);
    };
  }, [ms]);
}

/** `24 hr`, `15 min`: in the largest unit that makes it a whole number, or else that has at least two. Days only from two on. */
export function spanText(tag: string, ms: number): string {
  const units = [
    ['day', 86_400_000],
    ['hour', 3_600_000],
    ['minute', 60_000],
  ] as const;
  const [unit, size] = units.find(([name, one]) => ms >= (name === 'day' ? 2 * one : one) && ms % one === 0) ??
    units.find(([, one]) => ms >= 2 * one) ?? ['second', 1000];
  const options = { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: ms < 2000 ? 1 : 0 } as const;
  return new Intl.NumberFormat(tag, options).format(ms / size);
}
