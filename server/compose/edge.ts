// Builds the servers of a relay: for requests, sockets and metrics.
import type { IncomingMessage, Server } from 'node:http';
import type { Throttle } from '../access/throttle.ts';
import { createTokenGuard } from '../access/token.ts';
import type { Clock } from '../base/clock.ts';
import { docsFolder, pageFolder } from '../base/installation.ts';
import type { Logger } from '../base/logger.ts';
import type { Config } from '../config/schema.ts';
import { firstParts } from '../dialects/kit/claims.ts';
import type { OpenDialect } from '../dialects/kit/open.ts';
import { addressOf } from '../http/address.ts';
import { belowBase, createApp, ownerOf, ownerOfDialect, ownRoutes } from '../http/app.ts';
import type { Certificate } from '../http/certificate.ts';
import { fileRoutes } from '../http/files.ts';
import type { Readiness } from '../http/health.ts';
import { closeServer, createHttpServer, createUpgradeServer, listen } from '../http/listen.ts';
import { docsRoute } from '../http/page.ts';
import type { Attachments } from '../messages/attachments/attachments.ts';
import { metricsRoute } from '../metrics/endpoint.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { createSockets } from '../socket/sockets.ts';

/** What the servers need. */
export interface EdgeParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly throttle: Throttle;
  readonly dialects: readonly OpenDialect[];
  /** Undefined if metrics are off. */
  readonly metrics: Metrics | undefined;
  health(): Readiness;
  /** Undefined if the relay takes no files. */
  readonly attachments: Attachments | undefined;
  /** For servers that speak https; undefined for http. */
  readonly certificate: Certificate | undefined;
  /** Most connections over all servers; undefined where the system does not limit them. */
  readonly maxConnections: number | undefined;
}

/** Longest waits at close, in ms. Sockets get longer, because many of them are closed one after the other. */
const CLOSE_GRACE = { requests: 2000, sockets: 3000 };

/** Makes the servers of a relay. They listen after `open`. */
export function composeEdge({
  config,
  clock,
  logger,
  throttle,
  dialects,
  metrics,
  health,
  attachments,
  certificate,
  maxConnections,
}: EdgeParts) {
  const { host, basePath, trustProxy } = config.http;
  const sockets = createSockets({
    dialects,
    limits: config.websocket,
    clock,
    logger,
    pathOf: (url) => belowBase(url.split('?', 1)[0] ?? '/', basePath),
    addressOf: (request: IncomingMessage) => addressOf(request, trustProxy),
  });

  const guard = config.metrics.token === undefined ? undefined : createTokenGuard(config.metrics.token, throttle);
  const scrape = metrics === undefined ? undefined : metricsRoute(metrics, guard);
  const { port: metricsPort } = config.metrics;
  const more = [...fileRoutes(attachments, clock.now), docsRoute(docsFolder)];
  const own = ownRoutes(health, pageFolder, more);
  const measured = scrape === undefined ? [] : [ownerOf('metrics', [scrape])];
  const owners = [own, ...(metricsPort === undefined ? measured : []), ...dialects.map(ownerOfDialect)];
  const http = createHttpServer(
    createApp({
      owners,
      basePath,
      trustProxy,
      logger,
    }),
    certificate,
  );
  const shared = config.websocket.port === config.http.port;
  const upgrades = shared ? http : createUpgradeServer(certificate);
  sockets.attach(upgrades);
  const metricsServer =
    scrape === undefined || metricsPort === undefined
      ? undefined
      : {
          server: createHttpServer(createApp({ owners: measured, basePath: '', trustProxy, logger }), certificate),
          port: metricsPort,
        };
  const servers = [http, ...(shared ? [] : [upgrades]), ...(metricsServer === undefined ? [] : [metricsServer.server])];
  if (maxConnections !== undefined) {
    for (const server of servers) boundConnections(server, Math.ceil(maxConnections / servers.length), clock, logger);
  }

  return {
    sockets,
    /** The first parts of all paths that someone has, over HTTP or for sockets. */
    claimedNames: firstParts([
      ...owners.flatMap(({ routes }) => routes.map(({ pattern }) => pattern)),
      ...dialects.flatMap(({ paths }) => paths.socket),
    ]),
    /** Listens. Rejects with Node's own error if a port is not available. */
    async open() {
      const port = await listen(http, { host, port: config.http.port });
      return {
        http: port,
        websocket: shared ? port : await listen(upgrades, { host, port: config.websocket.port }),
        ...(metricsServer === undefined
          ? {}
          : { metrics: await listen(metricsServer.server, { host, port: metricsServer.port }) }),
      };
    },
    /** Stops accepting, lets requests end, and closes sockets with their close codes. */
    async close(): Promise<void> {
      const closing = servers.map((server) => closeServer(server, CLOSE_GRACE.requests));
      await Promise.all([...closing, sockets.close(CLOSE_GRACE.sockets)]);
    },
  };
}

/** Least time in ms between two log lines about a full server. */
const FULL_INTERVAL = 60_000;

/** Refuses connections early, so that the process keeps file descriptors for its own files. */
function boundConnections(server: Server, most: number, clock: Clock, logger: Logger): void {
  let logged = Number.NEGATIVE_INFINITY;
  server.maxConnections = most;
  server.on('drop', () => {
    const now = clock.monotonic();
    if (now - logged < FULL_INTERVAL) return;
    logged = now;
    logger.warn({ connections: most }, 'connections are turned away: the limit of open files leaves no more');
  });
}
