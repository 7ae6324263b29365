// The title and the preview of a message, even if the sender left them out.
import type { InboxMessage } from '../../model/model.ts';
import type { Ui } from '../ui.ts';

/** How many characters of a body a row reads. */
const PREVIEW = 600;

/** The two lines of a row. */
export interface RowText {
  readonly title: string;
  /** Empty when there is nothing below the title. */
  readonly preview: string;
}

/** Without a title, the first line of the body is the title, or else the tags, the sender or the group. */
export function rowText({ plainText, t }: Pick<Ui, 'plainText' | 't'>, message: InboxMessage): RowText {
  if (message.encrypted) return { title: t('message.encrypted'), preview: '' };
  const { title, body, markdown, tags, sender, group } = message;
  const text = markdown ? plainText.value(body, PREVIEW) : body.slice(0, PREVIEW);
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  if (title !== '') return { title, preview: lines.join(' ') };
  const [first, ...rest] = lines;
  if (first !== undefined) return { title: first, preview: rest.join(' ') };
  const name = tags.join(' ') || sender || group;
  return { title: name || t('message.no_text'), preview: '' };
}
