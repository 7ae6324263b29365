// Answers about the templates of webhooks that the owner writes.
import { z } from 'zod';
import type {
  LastPayloadAnswer,
  SenderTest,
  TemplateInfo,
  TemplateList,
  TemplatePreview,
} from '../../../shared/templates.ts';
import { shapeOf, time } from './shape.ts';

const text = z.string().optional();

/** What a message says. */
export const mapped = z.strictObject({
  title: z.string(),
  body: z.string(),
  markdown: z.boolean().describe('Whether the body is Markdown.'),
  priority: z.number().optional(),
  tags: z.array(z.string()),
  click: text,
  icon: text,
  image: text,
  key: text,
  state: text,
});

export const templateInfo = shapeOf<TemplateInfo>()(
  'Template',
  z.strictObject({
    title: text,
    message: text,
    priority: text,
    tags: text,
    click: text,
    icon: text,
    image: text,
    key: text,
    state: text,
    markdown: z.boolean().optional(),
    name: z.string(),
    configured: z.boolean().describe('Whether it is in the config, and can only be changed there.'),
  }),
);

export const templateList = shapeOf<TemplateList>()(
  'TemplateList',
  z.strictObject({
    templates: z.array(templateInfo),
    builtIn: z.array(z.string()).describe('The names of those that come with Herald.'),
  }),
);

export const templatePreview = shapeOf<TemplatePreview>()(
  'TemplatePreview',
  z.strictObject({
    fields: mapped,
    problems: z
      .array(z.strictObject({ part: z.string(), reason: z.string() }))
      .describe('Parts that cannot be filled with this payload.'),
  }),
);

export const senderTest = shapeOf<SenderTest>()(
  'SenderTest',
  z.strictObject({
    answers: z
      .array(z.strictObject({ status: z.int(), body: z.string() }))
      .describe('What the relay answered to each request.'),
  }),
);

export const lastPayload = shapeOf<LastPayloadAnswer>()(
  'LastPayload',
  z.strictObject({
    payload: z
      .strictObject({
        at: time,
        as: z.string().describe('The template that it was read with.'),
        body: z.unknown().optional().describe('Absent if it was too large to be kept.'),
        headers: z.record(z.string(), z.string()),
      })
      .nullable(),
  }),
);
