// The question of an open message: how to answer it, or what became of it.
import { useEffect } from 'preact/hooks';
import type { InboxMessage } from '../../model/model.ts';
import { Icon } from '../shell/icon.tsx';
import { useUi } from '../ui.ts';
import { AnswerForm, Terms } from './answer-form.tsx';
import { Rounds } from './emergencies.tsx';
import { isWaiting, outcomeText, questionOf } from './open.ts';

export function MessageQuestion({ message }: { readonly message: InboxMessage }) {
  const ui = useUi();
  const { model, t, route, now } = ui;
  const question = questionOf(ui, message);
  const isUnsure = question?.state === 'open' && question.until <= now.value;
  // Its time is over, but it may have been answered while this page was away.
  useEffect(() => {
    if (question !== undefined && isUnsure) void model.lookUpQuestion(question);
  }, [isUnsure, question?.id]);
  if (question === undefined) return null;
  const isEmergency = question.kind === 'acknowledge';
  const place = route.value;
  if (!isWaiting(question, now.value)) {
    return (
      <p class={`outcome outcome-${question.state}`} role="status">
        <Icon name={question.state === 'answered' ? 'check' : 'clock'} size={18} />
        <span dir="auto">
          {outcomeText(ui, question)}
          {isEmergency && (
            <>
              {' · '}
              <Rounds question={question} />
            </>
          )}
        </span>
      </p>
    );
  }
  return (
    <section
      class={`message-question ${isEmergency ? 'message-emergency' : ''}`}
      aria-label={t(isEmergency ? 'emergency.title' : 'ask.flag')}
    >
      <p class="muted">{isEmergency ? <Rounds question={question} /> : <Terms question={question} />}</p>
      <AnswerForm question={question} focused={place.view === 'message' && place.toAnswer === true} />
    </section>
  );
}
