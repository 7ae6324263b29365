// Writes the tables of docs/reference-config.md from the schema of the config: keys, defaults and English texts. The
// Chinese texts are in docs/reference-config.zh-CN.json. A test compares the pages with what this makes.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const checkout = dirname(dirname(fileURLToPath(import.meta.url)));

/** The page about a section. */
const PAGES = {
  alerts: 'alerts',
  answers: 'ask',
  apprise: 'senders',
  apps: 'pusher',
  attachments: 'attachments',
  bark: 'bark',
  devices: 'keys',
  discord: 'senders',
  emergencies: 'emergency',
  fcm: 'receive',
  gotify: 'gotify',
  gusher: 'gusher',
  gusherCluster: 'gusher',
  hooks: 'pusher',
  http: 'https',
  keys: 'keys',
  metrics: 'operate',
  node: 'cluster',
  ntfy: 'ntfy',
  pushdeer: 'senders',
  pushme: 'senders',
  pushover: 'senders',
  pushplus: 'senders',
  quiet: 'quiet-hours',
  redis: 'cluster',
  schedule: 'schedule',
  senderHooks: 'webhooks',
  serverchan: 'senders',
  slack: 'senders',
  storage: 'operate',
  streams: 'stream',
  templates: 'webhooks',
  webhook: 'receive',
  webpush: 'phone',
  websocket: 'receive',
};

const LANGUAGES = {
  en: {
    page: 'reference-config.md',
    head: '| Key | Default | Meaning |\n| --- | --- | --- |',
    general: 'General',
    see: (page) => ` [More](${page}.md)`,
  },
  zh: {
    page: 'reference-config.zh-CN.md',
    head: '| 键 | 默认值 | 含义 |\n| --- | --- | --- |',
    general: '通用',
    see: (page) => `[详细说明](${page}.zh-CN.md)`,
  },
};

/** Keys for editors, which the relay does not read. */
const UNUSED = new Set(['$schema']);

const keysOf = ({ properties, anyOf = [] }) => ({
  ...Object.assign({}, ...anyOf.map(keysOf)),
  ...properties,
});

/** A proxy may also be an object; the table has one row for all of it. */
const isSection = ({ type, properties }) => type === 'object' && properties !== undefined;

/** All keys below a setting that have a value of their own, with their paths. */
function* leaves(setting, path) {
  for (const [key, inner] of Object.entries(keysOf(setting))) {
    const name = path === '' ? key : `${path}.${key}`;
    if (UNUSED.has(name)) continue;
    if (isSection(inner)) yield* leaves(inner, name);
    else yield [name, inner];
    if (inner.items?.properties !== undefined) yield* leaves(inner.items, `${name}[]`);
  }
}

/** The defaults of a list. The schema has none for a list whose elements it transforms. */
function listAt(defaults, path) {
  const value = path.split('.').reduce((section, key) => Object(section)[key], defaults);
  return Array.isArray(value) ? value : undefined;
}

/** The paths of all keys and sections that need a text. */
export function texts(schema) {
  const sections = Object.entries(keysOf(schema)).filter(([, setting]) => isSection(setting));
  return [...sections, ...leaves(schema, '')].map(([path, { description }]) => [path, description]);
}

/**
 * The tables of all keys.
 * @param schema JSON Schema of the config
 * @param defaults the config without a file
 * @param translated texts by path, in place of those of the schema
 */
export function configTables(schema, defaults, language, translated = {}) {
  const { head, general, see } = LANGUAGES[language];
  const textOf = (path, { description }) => translated[path] ?? description ?? '';
  const row = ([path, setting]) => {
    const preset = 'default' in setting ? setting.default : listAt(defaults, path);
    const shown = preset === undefined ? '–' : `\`${JSON.stringify(preset)}\``;
    return `| \`${path}\` | ${shown} | ${textOf(path, setting)} |`;
  };
  const table = (rows) => [head, ...rows.map(row)].join('\n');
  const own = Object.entries(keysOf(schema)).filter(([key]) => !UNUSED.has(key));
  const hasSection = ([, setting]) => isSection(setting) || setting.items?.properties !== undefined;
  const parts = own.filter(hasSection).map(([key, setting]) => {
    const rows = [...leaves({ properties: { [key]: setting } }, '')];
    const intro = isSection(setting) ? textOf(key, setting) : '';
    const more = PAGES[key] === undefined ? '' : see(PAGES[key]);
    return [`### ${key}`, `${intro}${more}`.trim(), table(rows)].filter(Boolean).join('\n\n');
  });
  return [`### ${general}\n\n${table(own.filter((one) => !hasSection(one)))}`, ...parts].join('\n\n');
}

const TABLES = /(?<=<!-- tables -->\n\n)[\s\S]*(?=\n\n<!-- \/tables -->)/;

/** A page with its tables. */
export const withTables = (text, tables) => text.replace(TABLES, () => tables);

/** The tables of a page. */
export const tablesOf = (text) => TABLES.exec(text)?.[0];

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const load = (file) => import(pathToFileURL(join(checkout, 'dist/modules/server/config', file)).href);
  const [{ configJsonSchema }, { configSchema }] = await Promise.all([load('json-schema.js'), load('schema.js')]);
  const chinese = JSON.parse(readFileSync(join(checkout, 'docs/reference-config.zh-CN.json'), 'utf8'));
  for (const language of Object.keys(LANGUAGES)) {
    const file = join(checkout, 'docs', LANGUAGES[language].page);
    const tables = configTables(configJsonSchema(), configSchema.parse({}), language, language === 'zh' ? chinese : {});
    writeFileSync(file, withTables(readFileSync(file, 'utf8'), tables));
  }
}
