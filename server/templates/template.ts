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
  /** `markdown` if it is absent: texts of the payload in it are escaped then. */
  readonly format?: 'plain' | 'markdown';
  readonly state?: 'firing' | 'resolved' | undefined;
  /** Of a firing message 4 if it is absent. */
  readonly priority?: Priority | undefined;
  /** What it is about: the same for a problem and its end. Absent if it is about nothing that lasts. */
  readonly identity?: string;
  /** Those that the state does not give. */
  readonly tags?: readonly string[];
  /** Where a click leads: the first of them that is an address of the web. */
  readonly click?: readonly string[];
  readonly icon?: string;
  readonly image?: string;
  /** At most three count. */
  readonly actions?: readonly MessageAction[];
  /** Identifies the event: a second request with it is a repeat. */
  readonly repeats?: string;
}

/** A payload that says nothing that a person must know. */
export interface Ignored {
  /** What it is. */
  readonly ignored: string;
}

/** Undefined if this template cannot read the payload. */
export type Template = (payload: Payload) => Told | Ignored | undefined;

/** A button that opens an address. */
export function openAction(label: string, url: string): MessageAction[] {
  return url === '' ? [] : [{ kind: 'open', label, url }];
}
