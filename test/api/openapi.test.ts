import { Validator } from '@seriousme/openapi-schema-validator';
import { expect } from 'chai';
import { z } from 'zod';
import { api } from '../../server/api/index.ts';
import { openApiOf } from '../../server/api/openapi-document.ts';
import { openApiPage } from '../../server/api/openapi-page.ts';
import type { ApiRoute } from '../../server/api/route-spec.ts';
import { configSchema } from '../../server/config/schema.ts';
import { world } from '../world.ts';

/** Every reference in a document. */
function* referencesIn(value: unknown): Generator<string> {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, inner] of Object.entries(value)) {
    if (name === '$ref') yield String(inner);
    else yield* referencesIn(inner);
  }
}

describe('GET /v1/openapi.json', () => {
  it('is a valid OpenAPI 3.1 document, for anybody', async () => {
    const relay = await world();
    const { status, headers, json } = await relay.fetch('/v1/openapi.json');
    expect(status).to.equal(200);
    expect(headers.get('content-type')).to.equal('application/json; charset=utf-8');
    expect(json).to.include({ openapi: '3.1.0' });
    expect(json.servers).to.deep.equal([{ url: relay.url('').replace(/\/$/, '') }]);
    const { valid, errors } = await new Validator().validate(json);
    expect(errors).to.equal(undefined);
    expect(valid).to.equal(true);
  });

  it('describes every route under /v1', async () => {
    const none = () => {};
    const ports = { onTokensEnded: none, onKeyUse: none, senderKeys: { onChange: none } };
    const { routes = [] } = api.create(ports as never, configSchema.parse({}));
    const { json } = await (await world()).fetch('/v1/openapi.json');
    const described = Object.entries<object>(json.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`),
    );
    const own = routes.filter(({ method, pattern }) => method !== '*' && pattern.startsWith('/v1/'));
    expect(described).to.have.members(own.map(({ method, pattern }) => `${method} ${pattern}`));
  });

  it('has one name for each operation, and a schema for each reference', async () => {
    const { json } = await (await world()).fetch('/v1/openapi.json');
    const operations = Object.values<Record<string, { operationId: string }>>(json.paths).flatMap(Object.values);
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).to.equal(ids.length);
    for (const reference of referencesIn(json)) {
      expect(json.components.schemas, reference).to.have.property(reference.replace('#/components/schemas/', ''));
    }
  });

  it('says what a request takes, and how it is answered and refused', async () => {
    const { json } = await (await world()).fetch('/v1/openapi.json');
    const remove = json.paths['/v1/devices/{name}'].delete;
    expect(remove.security).to.deep.equal([{ token: [] }, { bearer: [] }, { basic: [] }]);
    expect(
      remove.parameters.map(({ name, required }: { name: string; required: boolean }) => [name, required]),
    ).to.deep.equal([
      ['name', true],
      ['paired', false],
    ]);
    expect(remove.responses[200].content['application/json'].schema).to.deep.equal({
      $ref: '#/components/schemas/Removal',
    });
    expect(remove.responses[401].description).to.equal('Refused: unauthorized, revoked.');
    const rotate = json.paths['/v1/token/rotate'].post.requestBody.content['application/json'].schema;
    expect(rotate.properties.keep).to.include({ type: 'integer', minimum: 0 });
    expect(json.paths['/v1/pairings/{code}'].get.security).to.deep.equal([]);
    expect(json.components.schemas.Removal).to.not.have.property('additionalProperties');
  });

  it('has the prefix of the relay in its address', async () => {
    const relay = await world({ config: { http: { basePath: '/herald' } } });
    const { json } = await relay.fetch('/herald/v1/openapi.json');
    expect(json.servers).to.deep.equal([{ url: relay.url('/herald') }]);
  });
});

describe('GET /v1/openapi', () => {
  it('is the same as a page that needs no script', async () => {
    const { status, headers, text } = await (await world()).fetch('/v1/openapi');
    expect(status).to.equal(200);
    expect(headers.get('content-type')).to.equal('text/html; charset=utf-8');
    expect(headers.get('content-security-policy')).to.include("default-src 'none'");
    expect(text).to.include('<code>/v1/devices/{name}/messages</code>').and.include('id="StoredMessage"');
    expect(text).to.not.match(/<script|undefined|\[object/);
    const targets = [...text.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id);
    for (const id of new Set(targets)) expect(text).to.include(` id="${id}"`);
  });
});

describe('openApiOf', () => {
  it('gives texts as they are, which the page escapes', () => {
    const route: ApiRoute = {
      method: 'GET',
      pattern: '/v1/x',
      limit: 0,
      spec: { summary: '<b> & "c"', answers: { 200: z.strictObject({ a: z.string() }) } },
      answer: () => undefined,
    };
    const document = openApiOf([route], '1', 'http://relay');
    expect(document.paths['/v1/x']?.['get']).to.include({ summary: '<b> & "c"', operationId: 'get-x' });
    expect(openApiPage(document).body).to.include('&lt;b&gt; &amp; &quot;c&quot;').and.not.include('<b> &');
  });
});
