// The templates of a relay: those that come with Herald, those of the config, and those that the owner makes in the page.

import type { JsonObject } from '../../../shared/object.ts';
import type { CustomTemplate, TemplateInfo } from '../../../shared/templates.ts';
import type { Clock } from '../../base/clock.ts';
import { RelayError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { Documents } from '../../messages/documents.ts';
import { templateName } from '../../templates/config.ts';
import { contentOf } from '../../templates/content.ts';
import { faultText, fill, isTemplate } from '../../templates/custom.ts';
import { type Reading, readAsAnything, readPayload, templateNamed } from '../../templates/index.ts';
import type { TemplateName } from '../../templates/recognise.ts';
import type { Payload } from '../../templates/template.ts';

/** A template that was found by its name. */
export type FoundTemplate = TemplateName | { readonly name: string; readonly template: CustomTemplate };

/** The templates of a relay. A change resolves when it is durable, and counts on every node at once. */
export interface Templates {
  /** The template of a name, in any case; undefined for a name that is not known. */
  find(name: string): Promise<FoundTemplate | undefined>;
  /**
   * Reads a payload. Never fails: what the template cannot read is told under the names that people use.
   * @param found by default the payload is recognised
   * @param owner the name of the key, for the key of alerts; `""` for none
   */
  read(payload: Payload, found: FoundTemplate | undefined, owner: string): Reading;
  /** Those of the owner, first those of the config. */
  list(): Promise<TemplateInfo[]>;
  /**
   * Adds or replaces a template.
   * @returns whether it is new
   * @throws RelayError `forbidden` for one of the config, `too_many` if there are too many
   */
  put(name: string, template: CustomTemplate): Promise<boolean>;
  /** @throws RelayError `forbidden` for one of the config, `not_found` */
  remove(name: string): Promise<void>;
}

/** What {@link createTemplates} needs. */
export interface TemplatesPorts {
  readonly documents: Documents;
  readonly configured: readonly (CustomTemplate & { readonly name: string })[];
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Pick<Logger, 'warn'>;
}

/** The most templates that are made while the relay runs. */
const MAX_MADE = 200;
const ALL = 'all';

/** Makes the templates of a relay. */
export function createTemplates({ documents, configured, clock, logger }: TemplatesPorts): Templates {
  const made = documents.collection<JsonObject>('templates');
  const inConfig = new Map(configured.map(({ name, ...template }) => [name, template]));

  function checkChange(name: string): void {
    if (inConfig.has(name)) {
      throw new RelayError('forbidden', `the template ${name} is in the config, and can only be changed there`);
    }
  }

  function readOwn(payload: Payload, name: string, template: CustomTemplate, owner: string): Reading {
    const { told, faults } = fill(template, payload, clock.now);
    // Without their reasons, which may show the payload.
    if (faults.length > 0) logger.warn({ template: name, faults: faultText(faults) }, 'a template cannot be filled');
    const isLost = faults.some(({ part }) => part === 'title' || part === 'message');
    if (isLost || (told.title === '' && told.body === '')) return readAsAnything(payload, name, owner);
    return { as: name, content: contentOf(told, name, owner), repeats: undefined };
  }

  return {
    async find(given) {
      const builtIn = templateNamed(given);
      if (builtIn !== undefined) return builtIn;
      const { data: name } = templateName.safeParse(given.trim().toLowerCase());
      if (name === undefined) return undefined;
      const template = inConfig.get(name) ?? (await made.get(name))?.value;
      return isTemplate(template) ? { name, template } : undefined;
    },
    read(payload, found, owner) {
      if (typeof found !== 'object') return readPayload(payload, found, owner);
      return readOwn(payload, found.name, found.template, owner);
    },
    async list() {
      const { documents: stored } = await made.list(ALL, { limit: MAX_MADE });
      const own = stored.filter(({ id }) => !inConfig.has(id));
      return [
        ...[...inConfig].map(([name, template]) => ({ ...template, name, configured: true })),
        ...own.map(({ id, value }) => ({ ...(value as CustomTemplate), name: id, configured: false })),
      ];
    },
    async put(name, template) {
      checkChange(name);
      const before = await made.get(name);
      if (before === undefined && (await made.count(ALL)) >= MAX_MADE) {
        throw new RelayError('too_many', `there are ${MAX_MADE} templates: remove some of them first`);
      }
      await made.put(name, { ...template }, { lists: { [ALL]: before === undefined ? clock.now() : 0 } });
      return before === undefined;
    },
    async remove(name) {
      checkChange(name);
      if ((await made.remove(name)) === 'absent') throw new RelayError('not_found', `there is no template ${name}`);
    },
  };
}
