// The section `templates` of the config, and the shape of a template in requests.
import { z } from 'zod';
import { MAX_PART, problemOf, TEMPLATE_PARTS, type TemplatePart } from './custom.ts';
import { templateNamed } from './index.ts';

/** Names of templates that the owner writes. */
export const templateName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,31}$/, 'expected 1 to 32 of a-z, 0-9, "_" and "-"')
  .refine((name) => templateNamed(name) === undefined, 'expected another name: a template of Herald has this one');

const part = (text: string) =>
  z
    .string()
    .max(MAX_PART)
    .superRefine((given, context) => {
      const message = problemOf(given);
      if (message !== undefined) context.addIssue({ code: 'custom', message });
    })
    .optional()
    .describe(text);

const PARTS: Readonly<Record<TemplatePart, string>> = {
  title: 'The title, such as `{{.host}} is {{.status}}`. If it is empty, the name of the key.',
  message: 'The text below the title.',
  priority: 'A priority from 1 to 5, or a word of severity such as `critical`.',
  tags: 'Tags, separated by commas.',
  click: 'Address that a click opens.',
  icon: 'Address of an icon.',
  image: 'Address of an image.',
  key: 'What the message is about: the same for a problem and its end.',
  state: 'A word such as `firing` or `resolved`, which opens or closes the alert of the key.',
};

/** The fields of a template. */
const templateFields = {
  ...(Object.fromEntries(TEMPLATE_PARTS.map((name) => [name, part(PARTS[name])])) as Record<
    TemplatePart,
    ReturnType<typeof part>
  >),
  markdown: z.boolean().optional().describe('Whether the text is Markdown.'),
};

/** Why there is nothing to tell. */
const EMPTY_TEMPLATE = 'expected a title or a message';

const isEmpty = ({ title = '', message = '' }: { title?: string | undefined; message?: string | undefined }) =>
  title.trim() === '' && message.trim() === '';

/** A template in a request. */
export const templateShape = z.strictObject(templateFields).refine((given) => !isEmpty(given), EMPTY_TEMPLATE);

/** The section `templates`. */
export const templatesConfig = z
  .array(
    z
      .strictObject({ name: templateName.describe('The name, in `/hook/KEY/NAME` and in `as=`.'), ...templateFields })
      .refine((given) => !isEmpty(given), EMPTY_TEMPLATE),
  )
  .max(200)
  .default([])
  .superRefine((templates, context) => {
    const seen = new Set<string>();
    for (const [index, { name }] of templates.entries()) {
      if (seen.has(name))
        context.addIssue({ code: 'custom', message: 'another template has this name', path: [index] });
      seen.add(name);
    }
  })
  .describe('Templates of your own for webhooks. Others can be made in the page.');
