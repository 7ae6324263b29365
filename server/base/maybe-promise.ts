/** A value now, or later. What is known at once needs no promise, so that hot paths stay in one turn. */
export type MaybePromise<T> = T | Promise<T>;

/** Goes on with a value: at once if it is there, or else later. */
export function then<T, R>(value: MaybePromise<T>, next: (value: T) => MaybePromise<R>): MaybePromise<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}

/** Lets go of something that may be lost, such as an event: no one waits for it, and its failure changes nothing. */
export function letGo(value: MaybePromise<unknown>): void {
  if (value instanceof Promise) value.catch(() => undefined);
}
