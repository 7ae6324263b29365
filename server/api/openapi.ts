// GET /v1/openapi.json: the relay's own interface as OpenAPI 3.1, and GET /v1/openapi: the same as a page.
import { z } from 'zod';
import { htmlPage, PAGE_HEADERS } from '../dialects/kit/html.ts';
import { json } from '../dialects/kit/http-message.ts';
import { type OpenApi, openApiOf } from './openapi-document.ts';
import { openApiPage } from './openapi-page.ts';
import type { ApiPorts } from './ports.ts';
import type { ApiRoute } from './route-spec.ts';

const DOCUMENT = {
  summary: 'This interface as OpenAPI 3.1.',
  answers: { 200: z.looseObject({ openapi: z.literal('3.1.0'), paths: z.record(z.string(), z.unknown()) }) },
};
const PAGE = { summary: 'This interface as a page.', answers: {}, text: 'text/html' };

/** Creates the routes of the document. @param others all other routes under /v1 */
export function openApiRoutes(ports: Pick<ApiPorts, 'version' | 'publicUrl'>, others: readonly ApiRoute[]): ApiRoute[] {
  const own: ApiRoute[] = [];
  let made: OpenApi | undefined;
  function documentFor(url: string): OpenApi {
    // Made at the first request, because most relays never get one.
    made ??= openApiOf([...others, ...own], ports.version, url);
    return { ...made, servers: [{ url }] };
  }
  own.push(
    {
      method: 'GET',
      pattern: '/v1/openapi.json',
      limit: 0,
      spec: DOCUMENT,
      answer: (request) => json(documentFor(ports.publicUrl(request))),
    },
    {
      method: 'GET',
      pattern: '/v1/openapi',
      limit: 0,
      spec: PAGE,
      answer(request) {
        const { body, style } = openApiPage(documentFor(ports.publicUrl(request)));
        return { status: 200, headers: PAGE_HEADERS, body: htmlPage('Interface under /v1', body, 'en', style) };
      },
    },
  );
  return own;
}
