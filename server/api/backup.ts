// GET /v1/backup: everything durable in one file, as `herald backup` writes it.
import { RelayError } from '../base/errors.ts';
import { callerOf } from './access.ts';
import { route } from './json-routes.ts';
import type { ApiPorts } from './ports.ts';
import type { ApiRoute } from './route-spec.ts';

const SPEC = {
  summary: 'A backup of everything durable, the same file as that of `herald backup`.',
  callers: 'the token itself',
  answers: {},
  text: 'application/vnd.sqlite3',
  errors: ['conflict'],
} as const;

/** Creates the route. */
export function backupRoutes(ports: ApiPorts): ApiRoute[] {
  return [
    route('GET', '/v1/backup', SPEC, async (request) => {
      // The file has the keys of the relay. The owner can remove a managing device, but cannot take these keys back.
      if ((await callerOf(request, ports)).kind !== 'owner') {
        throw new RelayError(
          'forbidden',
          "a backup has the keys of the relay, so only the relay's token itself gets one",
        );
      }
      const file = await ports.makeBackup();
      const { size } = await file.stat();
      ports.logger.info({ bytes: size }, 'a backup is downloaded');
      const day = new Date(ports.clock.now()).toISOString().slice(0, 10);
      const headers = {
        'content-type': 'application/vnd.sqlite3',
        'content-length': String(size),
        'content-disposition': `attachment; filename="herald-${day}.backup"`,
      };
      return { status: 200, headers, body: file.createReadStream() };
    }),
  ];
}
