// The file of a message, from what a sender wrote about it.
import type { Attachment } from '../../../../shared/content.ts';
import { lastPart, safeWebLink } from '../../../../shared/links.ts';

/** The file of a message as the views show it. */
export interface MessageFile {
  /** Where a relay serves it, from its prefix on: `/file/…`. Undefined for a file that is somewhere else. */
  readonly path: string | undefined;
  /** The address as the sender gave it. */
  readonly url: string;
  readonly name: string;
  /** MIME type; `""` if it is not known. */
  readonly type: string;
  /** In bytes. */
  readonly size: number | undefined;
  /** When the relay removes it, ms since 1970. */
  readonly expires: number | undefined;
}

const OWN = /\/file\/[0-9A-Za-z]{32}(?:\.[0-9a-z]{1,8})?$/;
const MAX_TEXT = 200;

/**
 * Reads an attachment; undefined if its link is not safe. Only the files that a relay stores expire. Devices reach the relay
 * under other names than senders do, so of their addresses only the path counts.
 */
export function readFile(attachment: Attachment | undefined): MessageFile | undefined {
  const url = safeWebLink(attachment?.url);
  if (attachment === undefined || url === undefined) return undefined;
  const { name, type = '', size, expires } = attachment;
  const path = expires === undefined ? undefined : OWN.exec(new URL(url).pathname)?.[0];
  return {
    path,
    url,
    name: (name ?? (lastPart(url) || new URL(url).host)).slice(0, MAX_TEXT),
    type: type.slice(0, MAX_TEXT),
    size: size !== undefined && size >= 0 ? size : undefined,
    expires: expires === undefined ? undefined : expires * 1000,
  };
}

/** Whether a browser can show a file of this type as a picture. */
export function isPicture({ type }: MessageFile): boolean {
  return /^image\/(?:png|jpeg|gif|webp|avif)$/.test(type);
}
