// Templates that the owner of the relay writes: one text for each part of a message, in the language of ntfy's templates.

import { isObject } from '../../shared/object.ts';
import { readPriority } from '../../shared/priority.ts';
import type { CustomTemplate } from '../../shared/templates.ts';
import { checkTemplate, runTemplate, TemplateFault, type TemplateFaultKind, timeLimit } from './language/run.ts';
import { severityOf, stateOf } from './severity.ts';
import type { Payload, Told } from './template.ts';
import { joined } from './values.ts';

/** The parts of a message, each of which a text says. */
export const TEMPLATE_PARTS = [
  'title',
  'message',
  'priority',
  'tags',
  'click',
  'icon',
  'image',
  'key',
  'state',
] as const satisfies readonly (keyof CustomTemplate)[];

/** One part of a message. */
export type TemplatePart = (typeof TEMPLATE_PARTS)[number];

/** Longest text of one part, in characters. */
export const MAX_PART = 8192;

/** Why a part cannot be filled. */
export interface PartFault {
  readonly part: TemplatePart;
  readonly kind: TemplateFaultKind;
  /** May show values of the payload. */
  readonly reason: string;
}

/** What is wrong with the text of a part, whatever comes; undefined if it is right. */
export function problemOf(text: string): string | undefined {
  try {
    checkTemplate(text);
    return undefined;
  } catch (error) {
    if (error instanceof TemplateFault) return error.message;
    throw error;
  }
}

/** What a template made of a payload. */
export interface Filled {
  /** Without the parts that failed. */
  readonly told: Told;
  readonly faults: readonly PartFault[];
}

function dataOf(body: Payload['body']): unknown {
  return typeof body === 'string' ? { text: body } : body;
}

/** Fills all parts of a template within 100 ms. Never throws. @param now ms since 1970 */
export function fill(template: CustomTemplate, { body }: Payload, now: () => number): Filled {
  const data = dataOf(body);
  const isOver = timeLimit();
  const faults: PartFault[] = [];
  const textOf = (part: TemplatePart): string => {
    const text = template[part];
    if (text === undefined || text === '') return '';
    try {
      return runTemplate(text, data, { now, isOver, missing: '' });
    } catch (error) {
      if (!(error instanceof TemplateFault)) throw error;
      faults.push({ part, kind: error.kind, reason: error.message });
      return '';
    }
  };
  const [title = '', message = '', priority = '', tags = '', click = '', icon = '', image = '', key = '', state = ''] =
    TEMPLATE_PARTS.map(textOf);
  return {
    told: {
      title,
      body: message,
      format: template.markdown === true ? 'markdown' : 'plain',
      priority: readPriority(priority) ?? severityOf(priority),
      tags: tags.split(',').map((tag) => tag.trim()),
      click: [click],
      icon,
      image,
      identity: key,
      // Only what has a key can end.
      state: key === '' ? undefined : stateOf(state),
    },
    faults,
  };
}

/** What the faults are, without anything of the payload. */
export function faultText(faults: readonly PartFault[]): string {
  return joined(', ', ...faults.map(({ part, kind }) => `${part}: ${kind}`));
}

/** Whether a value is a template, as it is stored. */
export function isTemplate(value: unknown): value is CustomTemplate {
  return isObject(value) && TEMPLATE_PARTS.every((part) => ['undefined', 'string'].includes(typeof value[part]));
}
