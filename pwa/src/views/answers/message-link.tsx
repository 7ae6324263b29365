// A link to the latest message of a question.
import type { ComponentChildren } from 'preact';
import type { AskedQuestion } from '../../model/model.ts';
import { formatRoute, type Route } from '../route.ts';
import { useUi } from '../ui.ts';

interface MessageLinkProps {
  readonly question: AskedQuestion;
  readonly class: string;
  readonly children: ComponentChildren;
}

/** Only the text where no message is known. */
export function MessageLink({ question, class: look, children }: MessageLinkProps) {
  const { go } = useUi();
  const mid = question.mids.at(-1);
  if (mid === undefined) return <div class={look}>{children}</div>;
  const place: Route = { view: 'message', accountId: question.accountId, mid };
  return (
    <a
      class={look}
      href={formatRoute(place)}
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        go(place);
      }}
    >
      {children}
    </a>
  );
}
