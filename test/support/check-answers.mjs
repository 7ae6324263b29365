// Holds every answer of a relay under /v1 against the spec of its route, in the process that loads this file: mocha's, and
// that of each relay that a test spawns. A deviation is an uncaught exception, so mocha fails the running test, and a relay
// ends. It is not TypeScript, because the built relay runs without tsx.
import diagnostics from 'node:diagnostics_channel';

/** Parameters by which any request may show its credential. */
const CREDENTIALS = new Set(['token', 'auth', 'authorization']);

/** The JSON that each request has brought. */
const bodies = new WeakMap();

/** What is wrong with a value; undefined if it fits. */
function misfit(schema, value) {
  const { error } = schema.safeParse(value);
  return error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
}

/** What is wrong with the answer to a request. */
export function* deviations({ route: { spec }, request, codes, answer, error }) {
  if (error !== undefined) {
    if (error.name === 'RelayError' && !codes.includes(error.code))
      yield `the spec has no code ${error.code}: ${error.message}`;
    return;
  }
  // A stream, which the route writes itself, or a request that is left to another route.
  if (answer === undefined || typeof answer.body !== 'string') {
    const isFile = answer?.headers?.['content-type'] === spec.text && spec.text !== undefined;
    if (answer !== undefined && spec.events === undefined && !isFile) yield 'the spec has no events';
    return;
  }
  const type = answer.headers['content-type'] ?? '';
  if (type.startsWith('application/json')) {
    const schema = spec.answers[answer.status];
    if (schema === undefined) yield `the spec has no answer ${answer.status}`;
    else {
      const wrong = misfit(schema, JSON.parse(answer.body));
      if (wrong !== undefined)
        yield `the answer ${answer.status} is not as in the spec: ${wrong}\n${answer.body.slice(0, 1000)}`;
    }
  } else if (!type.startsWith(spec.text ?? '–')) yield `the spec has no answer of the type ${type}`;
  if (answer.status >= 300) return;
  for (const [name] of request.query) {
    if (!CREDENTIALS.has(name) && !Object.hasOwn(spec.query ?? {}, name)) yield `the spec has no parameter ${name}`;
  }
  const body = bodies.get(request);
  if (body === undefined) return;
  if (spec.body === undefined) yield 'the spec has no body';
  else {
    const wrong = misfit(spec.body, body);
    if (wrong !== undefined) yield `the body that was taken is not as in the spec: ${wrong}`;
  }
}

diagnostics.subscribe('herald.api.body', ({ request, body }) => bodies.set(request, body));
diagnostics.subscribe('herald.api.answer', (observed) => {
  const found = [...deviations(observed)];
  const { method, pattern } = observed.route;
  if (found.length > 0) throw new Error(`${method} ${pattern}: ${found.join('\n')}`);
});
