// What a message is called and what is said of it, where its sender left something out.
import type { InboxMessage } from '../../model/model.ts';
import type { Ui } from '../ui.ts';

/** Characters of a body that a row reads. */
const PREVIEW = 600;

/** The two lines of a row. */
export interface RowText {
  readonly title: string;
  /** Empty when there is nothing below the title. */
  readonly preview: string;
}

/** A message without a title is called by its first line, else by whoever or whatever it is from. */
export function rowText({ plainText, t }: Pick<Ui, 'plainText' | 't'>, message: InboxMessage): RowText {
  const { title, body, markdown, tags, sender, group } = message;
  const text = markdown ? plainText.value(body, PREVIEW) : body.slice(0, PREVIEW);
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  if (title !== '') return { title, preview: lines.join(' ') };
  const [first, ...rest] = lines;
  if (first !== undefined) return { title: first, preview: rest.join(' ') };
  const name = tags.join(' ') || sender || group;
  return { title: name || t('message.no_text'), preview: '' };
}
