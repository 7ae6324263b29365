// The document of the interface as a page that needs no script.
import { escapeHtml } from '../dialects/kit/html.ts';
import type { Bodies, JsonSchema, OpenApi, Operation, Parameter } from './openapi-document.ts';

const STYLE = `
body { max-width: 60rem; margin: 2rem auto }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1rem; margin: 1rem 0 2rem }
a { color: light-dark(#2257d6, #8fb0ff) }
h2 { margin: 2.5rem 0 .5rem; font-size: 1.25rem }
details { border-bottom: 1px solid #8884 }
summary { padding: .6rem 0; cursor: pointer; overflow-wrap: anywhere }
summary code { font-weight: 600 }
summary span { display: block; opacity: .75; padding-left: 5.25rem }
.method { display: inline-block; min-width: 4rem; font: 600 .75rem/1.5 ui-monospace, monospace; color: light-dark(#2257d6, #8fb0ff) }
.part { margin: 0 0 1.25rem 5.25rem; overflow-x: auto }
.part p { margin: .5rem 0; white-space: normal }
h3 { font-size: .875rem; margin: .75rem 0 .25rem; opacity: .75 }
table { border-collapse: collapse; font-size: .875rem }
td, th { text-align: left; vertical-align: top; padding: .2rem 1rem .2rem 0 }
code, pre { font: .875rem/1.5 ui-monospace, monospace }
pre { margin: .25rem 0; padding: .6rem .8rem; border-radius: .5rem; background: #8881; overflow-x: auto }
@media (max-width: 40rem) { .part { margin-left: 0 } summary span { padding-left: 0 } }
`;

const code = (text: string) => `<code>${escapeHtml(text)}</code>`;

/** The name of a schema that a reference means. */
function nameOf({ $ref }: JsonSchema): string | undefined {
  return typeof $ref === 'string' ? $ref.split('/').at(-1) : undefined;
}

const link = (name: string) => `<a href="#${encodeURIComponent(name)}">${escapeHtml(name)}</a>`;

function list(value: unknown): readonly JsonSchema[] {
  return Array.isArray(value) ? value : [];
}

/** The type of a schema in one line of HTML. */
function typeOf(schema: JsonSchema): string {
  const name = nameOf(schema);
  if (name !== undefined) return link(name);
  const options = [...list(schema['anyOf']), ...list(schema['oneOf'])];
  if (options.length > 0) return [...new Set(options.map(typeOf))].join(' | ');
  const { type, items } = schema;
  if (Array.isArray(schema['enum'])) return schema['enum'].map((one) => code(JSON.stringify(one))).join(' | ');
  if ('const' in schema) return code(JSON.stringify(schema['const']));
  if (type === 'array') return `${typeOf((items ?? {}) as JsonSchema)}[]`;
  if (type === 'object' && schema['properties'] !== undefined) return `{ ${fieldsOf(schema).join(', ')} }`;
  return escapeHtml(Array.isArray(type) ? type.join(' | ') : String(type ?? 'any'));
}

function propertiesOf({ properties, required }: JsonSchema) {
  const needed = new Set(Array.isArray(required) ? required : []);
  return Object.entries((properties ?? {}) as Record<string, JsonSchema>).map(([name, schema]) => ({
    name,
    schema,
    isRequired: needed.has(name),
  }));
}

function fieldsOf(schema: JsonSchema): string[] {
  return propertiesOf(schema).map(({ name, isRequired }) => escapeHtml(`${name}${isRequired ? '' : '?'}`));
}

const row = (cells: readonly string[]) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;

/** The fields of an object, one per row. */
function objectTable(schema: JsonSchema): string {
  const rows = propertiesOf(schema).map(({ name, schema: field, isRequired }) =>
    row([code(isRequired ? name : `${name}?`), typeOf(field), escapeHtml(String(field['description'] ?? ''))]),
  );
  return rows.length === 0 ? `<p>${typeOf(schema)}</p>` : `<table>${rows.join('')}</table>`;
}

function parameterRow({ name, in: place, required, schema, description = '' }: Parameter): string {
  return row([code(required ? name : `${name}?`), place, typeOf(schema), escapeHtml(description)]);
}

/** What a body of some kind has. */
function bodyText([type, { schema }]: readonly [string, Bodies[string]]): string {
  if (type !== 'application/json' || schema === undefined) return escapeHtml(type);
  return typeOf(schema);
}

function operation(path: string, method: string, about: Operation): string {
  const { summary, description = '', parameters, requestBody, responses } = about;
  const taken =
    parameters.length === 0 ? '' : `<h3>Parameters</h3><table>${parameters.map(parameterRow).join('')}</table>`;
  const sent = Object.entries(requestBody?.content ?? {}).map(([type, { schema }]) =>
    schema === undefined ? `<h3>Body</h3><p>${escapeHtml(type)}</p>` : `<h3>Body</h3>${objectTable(schema)}`,
  );
  const all = Object.entries(responses);
  const isPlain = ([status, { content = {} }]: (typeof all)[number]) =>
    Number(status) >= 400 && nameOf(content['application/json']?.schema ?? {}) === 'Refusal';
  const answers = all
    .filter((one) => !isPlain(one))
    .map(([status, { description: what, content = {} }]) =>
      row([code(status), Object.entries(content).map(bodyText).join('<br>'), escapeHtml(what)]),
    );
  const refusals = all
    .filter(isPlain)
    .map(([status, { description: what }]) => `${code(status)} ${escapeHtml(what.replace(/^Refused: |\.$/g, ''))}`);
  return `<details id="${escapeHtml(about.operationId)}">
<summary><b class="method">${escapeHtml(method.toUpperCase())}</b> ${code(path)}<span>${escapeHtml(summary)}</span></summary>
<div class="part"><p>${escapeHtml(description || 'For anybody.')}</p>
${taken}${sent.join('')}<h3>Answers</h3><table>${answers.join('')}</table>
<h3>Refusals</h3><p>${refusals.join(' · ')}</p></div>
</details>`;
}

/** The page below its heading, and its style. */
export function openApiPage({ tags, paths, components }: OpenApi): { readonly body: string; readonly style: string } {
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, about]) => ({ path, method, about })),
  );
  const sections = tags.map(({ name }) => {
    const own = all.filter(({ about }) => about.tags.includes(name));
    return `<section id="of-${escapeHtml(name)}"><h2>${escapeHtml(name)}</h2>
${own.map(({ path, method, about }) => operation(path, method, about)).join('\n')}</section>`;
  });
  const schemas = Object.entries(components.schemas).map(
    ([name, schema]) =>
      `<details id="${escapeHtml(name)}" open><summary>${code(name)}</summary><div class="part">${objectTable(schema)}</div></details>`,
  );
  const head = `<p>The same for programs: <a href="openapi.json">openapi.json</a> (OpenAPI 3.1). Times are in ms since 1970. A refusal is ${link('Refusal')}: read its code, not its text.</p>`;
  const nav = [
    ...tags.map(({ name }) => `<a href="#of-${escapeHtml(name)}">${escapeHtml(name)}</a>`),
    '<a href="#of-types">types</a>',
  ];
  const body = `${head}<nav>${nav.join('')}</nav>${sections.join('\n')}
<section id="of-types"><h2>types</h2>${schemas.join('\n')}</section>`;
  return { body, style: STYLE };
}
