// The export of the dialect: ntfy's programs publish and listen here as with their own server.
import type { RunningDialect, Upgrade } from '../dialect.ts';
import { patternToRegExp, readParams } from '../kit/route.ts';
import { failAsNtfy, NtfyError } from './errors.ts';
import { ntfyRoutes, PREFIX } from './http.ts';
import { type ListenParts, readListening } from './listen-request.ts';
import { createTells } from './listening.ts';
import type { ParameterSource } from './parameters.ts';
import type { NtfyPorts, NtfySections } from './ports.ts';
import { openListener } from './socket.ts';
import { takePlace } from './stream.ts';
import { createKeptNames } from './topics.ts';
import { createPushTopics } from './unified-push.ts';

const SOCKETS = [`${PREFIX}/:topics/ws`, '/:topics/ws'];
const EXPRESSIONS = SOCKETS.map(patternToRegExp);
/** Longest frame that a listener may send, in bytes, as in the original. It has nothing to send. */
const MAX_PAYLOAD = 64;
const NOTHING = { socket: [] };

function parametersOf({ headers, query }: Upgrade): ParameterSource {
  const rawHeaders = Object.entries(headers).flatMap(([name, value]) => [name, String(value)]);
  return { req: { rawHeaders }, parameter: (name) => query.get(name) ?? undefined };
}

/** ntfy. */
export const ntfy = {
  name: 'ntfy',
  // Sockets of other dialects at such a path go first.
  paths: ({ ntfy: { enabled } }: NtfySections) => (enabled ? { socket: SOCKETS, rank: -1 } : NOTHING),
  create(ports: NtfyPorts, config: NtfySections): RunningDialect | undefined {
    if (!config.ntfy.enabled) return undefined;
    const tells = createTells(ports, config);
    const parts: ListenParts = {
      tells,
      kept: createKeptNames(ports.claimedNames),
      pushTopics: createPushTopics(ports, config),
    };
    return {
      routes: ntfyRoutes(ports, config, parts),
      fail: failAsNtfy,
      async admit(upgrade) {
        const [topics = ''] = EXPRESSIONS.map((one) => readParams(one, upgrade.path)).find(Boolean) ?? [];
        try {
          const request = { ...upgrade, ...parametersOf(upgrade) };
          const listening = await readListening(request, topics, ports, parts);
          const free = takePlace(ports, upgrade.ip);
          const failed = (err: unknown) => ports.logger.error({ err }, 'stream fault');
          return (socket) => openListener(socket, listening, tells, free, failed);
        } catch (error) {
          // The status says it all: ntfy answers without a body.
          if (error instanceof NtfyError) return { status: failAsNtfy(error).status, text: '' };
          throw error;
        }
      },
      endsAbruptly: true,
      maxPayload: MAX_PAYLOAD,
    };
  },
};
