// The effective config for display: complete, with every secret masked.
import { mapSettings, rootSetting } from './json-schema.ts';
import type { Config } from './schema.ts';

const MASK = '***';

/** A URL without its secrets: the user's password and the values of the query. */
function maskUrl(text: string): string {
  if (!/^[a-z][\w+.-]*:\/\//i.test(text) || !URL.canParse(text)) return text;
  const url = new URL(text);
  if (url.password === '' && url.search === '') return text;
  if (url.password !== '') url.password = MASK;
  for (const name of new Set(url.searchParams.keys())) url.searchParams.set(name, MASK);
  return url.href;
}

/** A copy of the config in which secrets are `"***"`. */
export function maskConfig(config: Config): unknown {
  return mapSettings(config, rootSetting, (value, setting) => {
    if (value !== undefined && setting.writeOnly === true) return MASK;
    return typeof value === 'string' ? maskUrl(value) : value;
  });
}

/** The effective config as indented JSON, with secrets masked. */
export function effectiveConfigText(config: Config): string {
  return JSON.stringify(maskConfig(config), null, 2);
}
