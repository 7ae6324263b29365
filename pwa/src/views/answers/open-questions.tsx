// The questions that wait for an answer, above the list. Emergencies have their own place, above everything.
import { useId, useState } from 'preact/hooks';
import type { AskedQuestion } from '../../model/model.ts';
import { useUi } from '../ui.ts';
import { AnswerForm, Terms } from './answer-form.tsx';
import { MessageLink } from './message-link.tsx';
import { isWaiting } from './open.ts';

/** How many are shown before a person asks for all: the messages below stay in sight. */
const FEW = 3;

function QuestionRow({ question }: { readonly question: AskedQuestion }) {
  const { title, from, target } = question;
  return (
    <li class="question">
      <MessageLink question={question} class="question-text">
        <strong dir="auto">{title}</strong>
        <span class="muted">
          <bdi>{from === '' ? target : from}</bdi> · <Terms question={question} />
        </span>
      </MessageLink>
      <AnswerForm question={question} />
    </li>
  );
}

export function OpenQuestions() {
  const { model, t, now } = useUi();
  const [showsAll, setShowsAll] = useState(false);
  const id = useId();
  const open = model.questions.value.filter((one) => one.kind !== 'acknowledge' && isWaiting(one, now.value));
  if (open.length === 0) return null;
  return (
    <section class="open-now open-questions" aria-labelledby={id}>
      <h2 id={id} class="open-now-title">
        {t('ask.open')}
      </h2>
      <ul>
        {(showsAll ? open : open.slice(0, FEW)).map((question) => (
          <QuestionRow key={`${question.accountId}/${question.id}`} question={question} />
        ))}
      </ul>
      {open.length > FEW && (
        <button
          type="button"
          class="button button-quiet button-small"
          aria-expanded={showsAll}
          onClick={() => setShowsAll(!showsAll)}
        >
          {showsAll ? t('inbox.fold') : t('inbox.more', { count: open.length - FEW })}
        </button>
      )}
    </section>
  );
}
