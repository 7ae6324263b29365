// The fields of the form for a template, and the payload that its preview reads.
import { isObject } from '../../../../shared/object.ts';
import type { CustomTemplate, TemplateInfo } from '../../../../shared/templates.ts';

/** The parts of a message that are texts. */
export const PARTS = ['title', 'message', 'priority', 'tags', 'click', 'key', 'state', 'icon', 'image'] as const;

/** The fields, as a person fills them in. An empty text is no part. */
export type TemplateFields = Readonly<Record<(typeof PARTS)[number], string>> & {
  readonly name: string;
  readonly markdown: boolean;
};

/** The fields of a template; those of a new one without it. */
export function templateFields(info?: TemplateInfo): TemplateFields {
  const texts = Object.fromEntries(PARTS.map((part) => [part, info?.[part] ?? ''])) as Record<
    (typeof PARTS)[number],
    string
  >;
  return { ...texts, name: info?.name ?? '', markdown: info?.markdown === true };
}

/** The template that the fields say. */
export function templateOf(fields: TemplateFields): CustomTemplate {
  const texts = PARTS.map((part) => [part, fields[part]] as const).filter(([, text]) => text.trim() !== '');
  return { ...Object.fromEntries(texts), ...(fields.markdown ? { markdown: true } : {}) };
}

/** A payload as the field for it shows it. */
export function payloadText(payload: unknown): string {
  return typeof payload === 'string' ? payload : JSON.stringify(payload, null, 2);
}

/** What the text in the field is: an object, an array, or else text. */
export function readPayload(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) || Array.isArray(value) ? value : text;
  } catch {
    return text;
  }
}
