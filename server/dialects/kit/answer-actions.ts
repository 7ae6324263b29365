// The buttons of a question for programs of other protocols, which answer by the address in the message.
import type { MessageAction } from '../../../shared/actions.ts';
import type { Content } from '../../../shared/content.ts';

/** How many buttons such programs show. */
const MOST = 3;

/** The buttons of the question that a message asks; none for other messages. */
export function answerActions({ ask, answerUrl }: Content): readonly MessageAction[] {
  if (ask === undefined || answerUrl === undefined) return [];
  const post = (label: string, url: string): MessageAction => ({
    kind: 'http',
    label,
    url,
    method: 'POST',
    headers: {},
  });
  if (ask.kind === 'acknowledge') return [post('Acknowledge', answerUrl)];
  const { options = [] } = ask;
  // The page at the address takes what the buttons cannot.
  if (options.length === 0 || options.length > MOST) return [{ kind: 'open', label: 'Answer', url: answerUrl }];
  return options.map((option) => post(option, `${answerUrl}?answer=${encodeURIComponent(option)}`));
}
