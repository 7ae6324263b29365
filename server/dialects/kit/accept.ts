// Reads which types of answers a caller wants.

/** The types that an `Accept` header names. `q=0` refuses a type; the order of preference means nothing to this relay. */
export interface Accepted {
  /** Whether one of the types is named, and not refused. `*` in the header names no type. */
  names(...types: readonly string[]): boolean;
  /** Whether the type is refused. */
  refuses(type: string): boolean;
}

const ZERO = /^q\s*=\s*0(?:\.0*)?$/;

/** Reads an `Accept` header. */
export function readAccept(header: string | undefined): Accepted {
  const parts = (header ?? '').toLowerCase().split(',');
  const all = parts.map((part) => {
    const [type = '', ...parameters] = part.split(';').map((piece) => piece.trim());
    return { type, isRefused: parameters.some((parameter) => ZERO.test(parameter)) };
  });
  return {
    names: (...types) => all.some(({ type, isRefused }) => !isRefused && types.includes(type)),
    refuses: (wanted) => all.some(({ type, isRefused }) => isRefused && type === wanted),
  };
}
