import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { configJsonSchema } from '../../server/config/json-schema.ts';
import { configSchema } from '../../server/config/schema.ts';
import { describePage, root } from '../support/page.ts';

interface Reference {
  configTables(schema: object, defaults: object, language: 'en' | 'zh', translated: Record<string, string>): string;
  tablesOf(text: string): string | undefined;
  texts(schema: object): [path: string, text: string | undefined][];
}

const { configTables, tablesOf, texts } = (await import(join(root, '.scripts/reference.mjs'))) as Reference;
const chinese = JSON.parse(readFileSync(join(root, 'docs/reference-config.zh-CN.json'), 'utf8'));

describePage('docs/reference-config', {}, (page) => {
  it('has what the schema says: write it again with node .scripts/reference.mjs after npm run build', () => {
    for (const [file, language] of [
      [page.english, 'en'],
      [page.chinese, 'zh'],
    ] as const) {
      const made = configTables(configJsonSchema(), configSchema.parse({}), language, language === 'zh' ? chinese : {});
      expect(tablesOf(readFileSync(file, 'utf8'))).to.equal(made);
    }
  });

  it('has a text in both languages for every key, and none for others', () => {
    const known = texts(configJsonSchema());
    expect(known.length).to.be.above(100);
    expect(known.filter(([, text]) => text === undefined)).to.deep.equal([]);
    expect(Object.keys(chinese).sort()).to.deep.equal([...new Set(known.map(([path]) => path))].sort());
  });
});
