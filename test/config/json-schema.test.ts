import { expect } from 'chai';
import { configJsonSchema, keysOf, type Setting } from '../../server/config/json-schema.ts';

describe('configJsonSchema', () => {
  it('describes every key, so that an editor can tell what it is', () => {
    const missing: string[] = [];
    const visit = (setting: Setting & { description?: string }, path: string) => {
      for (const [key, inner] of keysOf(setting)) {
        if ((inner as { description?: string }).description === undefined) missing.push(`${path}.${key}`);
        visit(inner, `${path}.${key}`);
        if (inner.items !== undefined) visit(inner.items, `${path}.${key}[]`);
      }
    };
    visit(configJsonSchema() as Setting, '');
    // The parts of mpush's proxy object and of Google's key file have names of their own makers.
    expect(missing.filter((path) => !/\.proxy\.|\.serviceAccount\.|\.filter\./.test(path))).to.deep.equal([]);
  });

  it('shows defaults and bounds, and refuses unknown keys', () => {
    const root = configJsonSchema() as Setting & { additionalProperties?: boolean };
    expect(root.additionalProperties).to.equal(false);
    expect(keysOf(keysOf(root).get('http') ?? {}).get('waitTimeout')).to.include({
      default: 5000,
      minimum: 500,
      type: 'integer',
    });
  });

  it('survives JSON', () => {
    expect(JSON.parse(JSON.stringify(configJsonSchema()))).to.deep.equal(configJsonSchema());
  });
});
