// Uploads of files that a message names later, as the page and programs do that send over a socket.
import { z } from 'zod';
import type { UploadedFile } from '../../shared/api.ts';
import type { Principal } from '../access/principal.ts';
import { RelayError } from '../base/errors.ts';
import { readCaller } from '../dialects/kit/caller.ts';
import { type HttpRequest, json } from '../dialects/kit/http-message.ts';
import { attachmentOf } from '../messages/attachments/attachments.ts';
import { readFileId } from '../messages/attachments/file-name.ts';
import { API } from './access.ts';
import type { ApiPorts } from './ports.ts';
import type { ApiRoute } from './route-spec.ts';
import { removal } from './schemas/devices.ts';
import { uploadedFile } from './schemas/messages.ts';

/** Who sends the file. @throws RelayError unless the caller may send */
async function uploaderOf(request: HttpRequest, { access, foreignPages }: ApiPorts): Promise<Principal> {
  const caller = await readCaller(request, access, { dialect: API, inQuery: 'none' });
  if (!caller.may('send')) throw new RelayError('unauthorized', 'expected the token in the authorization header');
  const refusal = caller.proven ? undefined : foreignPages.refusalOf(request.headers);
  if (refusal !== undefined) throw refusal;
  return caller;
}

const callers = 'token, device, key, sender';
const UPLOAD = {
  summary: 'Stores the body as a file. The answer is the "attachment" of a message.',
  callers,
  query: { name: z.string().describe('The name of the file.') },
  takesFile: true,
  answers: { 201: uploadedFile },
} as const;
const REMOVE = { summary: 'Removes a file.', callers, answers: { 200: removal } };

/** `PUT` or `POST /v1/files?name=`: the body is the file. `DELETE /v1/files/<id>` removes one that its sender does not need. */
export function filesRoutes(ports: ApiPorts): ApiRoute[] {
  const needFiles = () => {
    if (ports.attachments !== undefined) return ports.attachments;
    throw new RelayError('forbidden', 'this relay takes no files: attachments.dir is not set');
  };
  const upload = (method: 'PUT' | 'POST'): ApiRoute => ({
    method,
    pattern: '/v1/files',
    limit: ports.attachments?.maxSize ?? 0,
    spec: UPLOAD,
    async answer(request) {
      const caller = await uploaderOf(request, ports);
      const name = request.parameter('name');
      const { file, keep } = await needFiles().receive(request.stream(), { name, by: caller });
      keep();
      return json(attachmentOf(file, ports.publicUrl(request)) satisfies UploadedFile, 201);
    },
  });
  return [
    upload('PUT'),
    upload('POST'),
    {
      method: 'DELETE',
      pattern: '/v1/files/:name',
      limit: 0,
      spec: REMOVE,
      async answer(request, [name = '']) {
        await uploaderOf(request, ports);
        // Everyone who knows the address of a file can read it already.
        const id = readFileId(name);
        const file = id === undefined ? undefined : await needFiles().find(id);
        if (file === undefined) throw new RelayError('not_found', 'there is no such file; it may have expired');
        await needFiles().remove(file.id);
        return json({ removed: name });
      },
    },
  ];
}
