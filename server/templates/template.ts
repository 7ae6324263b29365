// What a template is: a pure function from the payload of one kind of program to what a person reads.
import type { MessageAction } from '../../shared/actions.ts';
import type { JsonObject } from '../../shared/object.ts';
import type { Priority } from '../../shared/priority.ts';

/** A payload. Nothing in it was checked. */
export interface Payload {
  /** What the body holds: an object, an array, or text. */
  readonly body: JsonObject | readonly unknown[] | string;
  /** A header, by its name in lower case; `""` if it is missing. */
  header(name: string): string;
}

/** What a template makes of a payload. */
export interface Told {
  /** Empty: the name of the key or of the template. */
  readonly title: string;
  readonly body?: string;
  /** `markdown` by default: then texts of the payload are escaped in it. */
  readonly format?: 'plain' | 'markdown';
  readonly state?: 'firing' | 'resolved' | undefined;
  /** By default, a firing message has 4. */
  readonly priority?: Priority | undefined;
  /** What it is about: the same for a problem and its end. Absent if it is about nothing that lasts. */
  readonly identity?: string;
  /** Tags besides those of the state. */
  readonly tags?: readonly string[];
  /** Where a click leads: the first of them that is an address of the web. */
  readonly click?: readonly string[];
  readonly icon?: string;
  readonly image?: string;
  /** At most three count. */
  readonly actions?: readonly MessageAction[];
  /** Identifies the event. A second request with the same id is a repeat. */
  readonly repeats?: string;
}

/** A payload that says nothing that a person must know. */
export interface Ignored {
  /** What it is, for the answer and the log. */
  readonly ignored: string;
}

/** Undefined if this template cannot read the payload. */
export type Template = (payload: Payload) => Told | Ignored | undefined;

/** A button that opens an address. */
export function openAction(label: string, url: string): MessageAction[] {
  return url === '' ? [] : [{ kind: 'open', label, url }];
}
