// Remembers the last result of a pure function, for work that is the same for many receivers in a row.

/** Calls `make` only when the value differs from the last one. Keeps that value and its result. */
export function rememberLast<Value, Result>(make: (value: Value) => Result): (value: Value) => Result {
  let last: { readonly value: Value; readonly result: Result } | undefined;
  return (value) => {
    if (last === undefined || last.value !== value) last = { value, result: make(value) };
    return last.result;
  };
}
