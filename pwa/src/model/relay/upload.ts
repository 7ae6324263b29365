// Uploads a file to a relay. `fetch` cannot tell how far an upload is, so this uses the older interface.
import type { Attachment } from '../../../../shared/content.ts';
import { isObject } from '../../../../shared/object.ts';
import type { ActionError } from '../model.ts';
import type { Caller } from './api.ts';
import { fail, refusal } from './call.ts';
import { isForbiddenByPolicy } from './server-url.ts';

/** Where the upload is, from 0 to 1. */
export type Progress = (share: number) => void;

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Resolves to the attachment for a message. Rejects only with an ActionError. */
export function uploadFile(
  { server, auth }: Caller,
  file: Blob,
  name: string,
  page: string,
  onProgress: Progress,
): Promise<Attachment> {
  return new Promise((resolve, reject: (error: ActionError) => void) => {
    if (isForbiddenByPolicy(server, page)) {
      reject(fail('error.plain_http', { server }));
      return;
    }
    const request = new XMLHttpRequest();
    request.open('PUT', `${server}/v1/files?name=${encodeURIComponent(name)}`);
    request.setRequestHeader('authorization', `Bearer ${auth}`);
    request.setRequestHeader('content-type', 'application/octet-stream');
    request.upload.onprogress = ({ loaded, total }) => onProgress(total === 0 ? 0 : loaded / total);
    request.onerror = () => reject(fail(navigator.onLine ? 'error.unreachable_other' : 'error.no_network', { server }));
    request.onload = () => {
      const json = jsonOf(request.responseText);
      const { status } = request;
      if (status === 201 && isObject(json) && typeof json['url'] === 'string') resolve(json as unknown as Attachment);
      else if (status === 413) reject(fail('send.file_too_large'));
      else reject(refusal({ status, headers: new Headers() }, json, server));
    };
    request.send(file);
  });
}
