// The JSON Schema of the config, for editors and for the loader, which reads types and marks from it.
import { z } from 'zod';
import { configSchema } from './schema.ts';

/** The parts of a JSON Schema that the loader uses: for a setting, a section or a list. */
export interface Setting {
  readonly type?: string | undefined;
  readonly properties?: Readonly<Record<string, Setting>> | undefined;
  readonly items?: Setting | undefined;
  /** For a section with arbitrary keys: the schema of each value. */
  readonly additionalProperties?: Setting | boolean | undefined;
  readonly anyOf?: readonly Setting[] | undefined;
  readonly minimum?: number | undefined;
  /** A lower number is raised to `minimum`. */
  readonly 'x-raise'?: true;
  /** A path, relative to the folder of the config file. */
  readonly 'x-path'?: true;
  /** A secret. */
  readonly writeOnly?: true;
}

/** The JSON Schema of a config file, with a description and a default for each key. A new object on each call. */
export function configJsonSchema(): Record<string, unknown> {
  return { title: 'Herald config', ...z.toJSONSchema(configSchema, { io: 'input' }) };
}

declare global {
  interface ImportMeta {
    /** The JSON Schema of the config, which the build puts in (server/vite.config.ts). Making it slows a start. */
    readonly configSchema?: Setting;
  }
}

/** The whole config as one setting. */
export const rootSetting = import.meta.configSchema ?? (configJsonSchema() as Setting);

/** All JSON types that a setting takes. */
export function typesOf(setting: Setting): Set<string> {
  const types = new Set<string>(setting.type === undefined ? [] : [setting.type]);
  for (const variant of setting.anyOf ?? []) for (const type of typesOf(variant)) types.add(type);
  return types;
}

/** The settings of a section by key, from all variants of the section. */
export function keysOf(setting: Setting): ReadonlyMap<string, Setting> {
  const variants = (setting.anyOf ?? []).flatMap((variant) => [...keysOf(variant)]);
  return new Map([...variants, ...Object.entries(setting.properties ?? {})]);
}

function elementOf(setting: Setting): Setting | undefined {
  return setting.items ?? setting.anyOf?.find((variant) => variant.items !== undefined)?.items;
}

/** Steps from the root of the config to a value. */
export type Path = readonly PropertyKey[];

/**
 * Copies a value and replaces every part that has a setting by what `map` returns, from the outside in. Parts that `map`
 * turns into undefined are left out. Parts without a setting stay as they are, and the schema refuses them.
 */
export function mapSettings(
  value: unknown,
  setting: Setting,
  map: (value: unknown, setting: Setting, path: Path) => unknown,
  path: Path = [],
): unknown {
  const mapped = map(value, setting, path);
  if (Array.isArray(mapped)) {
    const element = elementOf(setting);
    if (element === undefined) return mapped;
    return mapped.map((item, index) => mapSettings(item, element, map, [...path, index]));
  }
  if (typeof mapped !== 'object' || mapped === null) return mapped;
  const keys = keysOf(setting);
  const { additionalProperties } = setting;
  const others = typeof additionalProperties === 'object' ? additionalProperties : undefined;
  const entries = Object.entries(mapped).map(([key, item]) => {
    const inner = keys.get(key) ?? others;
    return [key, inner === undefined ? item : mapSettings(item, inner, map, [...path, key])];
  });
  // fromEntries defines `__proto__` as a plain key; an assignment would change the prototype.
  return Object.fromEntries(entries.filter(([, item]) => item !== undefined));
}
