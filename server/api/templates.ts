// Routes for the templates of webhooks that the owner writes, and for trying them. Only the owner may use them, because they
// decide what messages say and show what came with a key.
import { z } from 'zod';
import type { LastPayloadAnswer, TemplateInfo, TemplateList, TemplatePreview } from '../../shared/templates.ts';
import { mappedFields } from '../access/key-usage.ts';
import { RelayError } from '../base/errors.ts';
import { type HttpRequest, json } from '../dialects/kit/http-message.ts';
import { templateName, templateShape } from '../templates/config.ts';
import { contentOf } from '../templates/content.ts';
import { fill } from '../templates/custom.ts';
import { BUILT_IN } from '../templates/index.ts';
import type { Payload } from '../templates/template.ts';
import { callerOf } from './access.ts';
import { readJsonBody, readShape, route } from './json-routes.ts';
import type { ApiPorts } from './ports.ts';
import type { ApiRoute } from './route-spec.ts';
import { removal } from './schemas/devices.ts';
import { lastPayload, templateInfo, templateList, templatePreview } from './schemas/templates.ts';

/** A payload as JSON, or as text. */
const payloadShape = z.union([z.string(), z.record(z.string(), z.unknown()), z.array(z.unknown())]);
const previewShape = z.strictObject({
  template: templateShape,
  payload: payloadShape,
  /** The name of the key, for the title of messages without one and for the key of alerts. */
  owner: z.string().max(64).default(''),
});
/** Longest body in bytes: a template with all its parts, and a payload. */
const MAX_BODY = 262_144;

const callers = 'token';
const LIST = {
  summary: 'The templates of your own, and the names of those that come with Herald.',
  callers,
  answers: { 200: templateList },
};
const PUT = {
  summary: 'Makes or replaces a template.',
  callers,
  body: templateShape,
  answers: { 200: templateInfo, 201: templateInfo },
};
const REMOVE = { summary: 'Removes a template.', callers, answers: { 200: removal } };
const PREVIEW = {
  summary: 'What a template makes of a payload. Sends nothing.',
  callers,
  body: previewShape,
  answers: { 200: templatePreview },
};
const PAYLOAD = {
  summary: 'The last webhook that came with a key, without secrets.',
  callers,
  answers: { 200: lastPayload },
};

/** Creates the routes for templates. */
export function templatesRoutes(ports: ApiPorts): ApiRoute[] {
  const { templates, logger, clock } = ports;

  async function requireOwner(request: HttpRequest): Promise<void> {
    const caller = await callerOf(request, ports);
    if (caller.isOwner) return;
    throw new RelayError('forbidden', "templates need the relay's token, or a device that manages the relay");
  }

  const named = (name: string) => readShape(z.strictObject({ name: templateName }), { name }).name;

  return [
    route('GET', '/v1/templates', LIST, async (request) => {
      await requireOwner(request);
      return json({ templates: await templates.list(), builtIn: BUILT_IN } satisfies TemplateList);
    }),
    {
      ...route('PUT', '/v1/templates/:name', PUT, async (request, [given = '']) => {
        await requireOwner(request);
        const name = named(given);
        const template = readShape(templateShape, await readJsonBody(request));
        const isNew = await templates.put(name, template);
        logger.info({ template: name }, isNew ? 'template created' : 'template changed');
        return json({ ...template, name, configured: false } satisfies TemplateInfo, isNew ? 201 : 200);
      }),
      limit: MAX_BODY,
    },
    route('DELETE', '/v1/templates/:name', REMOVE, async (request, [given = '']) => {
      await requireOwner(request);
      const name = named(given);
      await templates.remove(name);
      logger.info({ template: name }, 'template removed');
      return json({ removed: name });
    }),
    {
      ...route('POST', '/v1/templates/preview', PREVIEW, async (request) => {
        await requireOwner(request);
        const { template, payload: body, owner } = readShape(previewShape, await readJsonBody(request));
        const payload: Payload = { body, header: () => '' };
        const { told, faults } = fill(template, payload, clock.now);
        const fields = mappedFields(contentOf(told, 'preview', owner));
        const problems = faults.map(({ part, reason }) => ({ part, reason }));
        return json({ fields, problems } satisfies TemplatePreview);
      }),
      limit: MAX_BODY,
    },
    route('GET', '/v1/keys/:name/payload', PAYLOAD, async (request, [name = '']) => {
      await requireOwner(request);
      const payload = await ports.lastPayloads.find(name);
      return json({ payload: payload ?? null } satisfies LastPayloadAnswer);
    }),
  ];
}
