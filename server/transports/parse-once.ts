// Parses the stored address of a route once, and not at every attempt.

/**
 * Remembers what `parse` made of each address for as long as the address itself is in use. A stored address never
 * changes: a device that registers again gets another one.
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
