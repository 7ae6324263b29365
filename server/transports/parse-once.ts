// Parses the stored address of a route once instead of at every attempt.

/**
 * Remembers the result of `parse` for as long as the address object is in use. A stored address never changes, because
 * a device that registers again gets a new one.
 */
export function parseOnce<Parsed>(parse: (address: unknown) => Parsed): (address: unknown) => Parsed {
  const parsed = new WeakMap<object, { readonly value: Parsed }>();
  return (address) => {
    if (typeof address !== 'object' || address === null) return parse(address);
    const known = parsed.get(address);
    if (known !== undefined) return known.value;
    const value = parse(address);
    parsed.set(address, { value });
    return value;
  };
}
