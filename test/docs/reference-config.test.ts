import { expect } from 'chai';
import { configJsonSchema, keysOf, type Setting } from '../../server/config/json-schema.ts';
import { configSchema } from '../../server/config/schema.ts';
import { readRows } from '../support/blocks.ts';
import { describePage } from '../support/page.ts';

/** Keys for editors, which the relay does not read. */
const UNUSED = new Set(['$schema']);

function* leaves(setting: Setting, path: string): Generator<[path: string, setting: Setting]> {
  for (const [key, inner] of keysOf(setting)) {
    const name = path === '' ? key : `${path}.${key}`;
    if (UNUSED.has(name)) continue;
    // A proxy may also be an object, but what people read of is the whole.
    const isSection = inner.type === 'object' && inner.properties !== undefined;
    if (!isSection) yield [name, inner];
    if (isSection) yield* leaves(inner, name);
    if (inner.items?.properties !== undefined) yield* leaves(inner.items, `${name}[]`);
  }
}

/** A list of a config; undefined when there is none at the path. */
function valueAt(config: unknown, path: string): unknown {
  const value = path.split('.').reduce<unknown>((section, key) => Object(section)[key], config);
  return Array.isArray(value) ? value : undefined;
}

describePage('docs/reference-config', {}, (page) => {
  for (const file of [page.english, page.chinese]) {
    it(`lists every key of the config with its default in ${file}`, async () => {
      const rows = await readRows(file);
      const keys = [...leaves(configJsonSchema(), '')];
      expect(keys.length).to.be.above(30);
      for (const [path, setting] of keys) {
        // The schema tells no default of a list whose elements it transforms.
        const preset = 'default' in setting ? setting.default : valueAt(configSchema.parse({}), path);
        expect(rows.get(path), path).to.equal(preset === undefined ? '–' : `\`${JSON.stringify(preset)}\``);
      }
      const sections = [...keysOf(configJsonSchema())].map(([key]) => key);
      const named = [...rows.keys()].filter((key) =>
        sections.some((section) => key.startsWith(`${section}.`) || key.startsWith(`${section}[`)),
      );
      expect(keys.map(([path]) => path)).to.include.members(named);
    });
  }
});
