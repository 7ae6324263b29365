// What a check of `herald doctor` finds.

/** One result. */
export interface Finding {
  /** What was checked: a file, a key of the config, or a part of the relay. */
  readonly check: string;
  /** `warning`: it works, but not as well as it could. `skipped`: it could not be checked here. */
  readonly state: 'ok' | 'warning' | 'problem' | 'skipped';
  readonly text: string;
  /** What to do. */
  readonly advice?: string;
}

/** Nothing is wrong. */
export const fine = (check: string, text: string): Finding => ({ check, state: 'ok', text });

/** It could not be checked. */
export const skipped = (check: string, text: string): Finding => ({ check, state: 'skipped', text });

/** It works, but. */
export const warning = (check: string, text: string, advice: string): Finding => ({
  check,
  state: 'warning',
  text,
  advice,
});

/** It does not work. */
export const problem = (check: string, text: string, advice: string): Finding => ({
  check,
  state: 'problem',
  text,
  advice,
});
