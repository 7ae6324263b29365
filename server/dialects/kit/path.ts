// Reads parameters from paths.

/**
 * The decoded values of a path's parameters, in the order of the pattern. Undefined when the path does not match, or when a
 * value is empty, wrongly encoded, or holds a slash.
 */
export function pathParameters(pattern: string, path: string): string[] | undefined {
  const wanted = pattern.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return undefined;
  const values: string[] = [];
  for (const [index, part] of wanted.entries()) {
    const segment = given[index] ?? '';
    if (part.startsWith(':')) {
      const value = decodeSegment(segment);
      if (value === undefined) return undefined;
      values.push(value);
    } else if (part !== segment) return undefined;
  }
  return values;
}

function decodeSegment(segment: string): string | undefined {
  try {
    const value = decodeURIComponent(segment);
    return value === '' || value.includes('/') ? undefined : value;
  } catch {
    return undefined;
  }
}
