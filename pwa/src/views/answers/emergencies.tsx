// The emergencies that no one has acknowledged, above every view.
import type { AskedQuestion } from '../../model/model.ts';
import { Icon } from '../shell/icon.tsx';
import { useUi } from '../ui.ts';
import { AnswerForm } from './answer-form.tsx';
import { MessageLink } from './message-link.tsx';
import { isWaiting } from './open.ts';

/** How often it rang, and to whom else it went. */
export function Rounds({ question }: { readonly question: AskedQuestion }) {
  const { t } = useUi();
  const { round = 1, escalated = [] } = question;
  return (
    <>
      {t('emergency.rounds', { count: round })}
      {escalated.length > 0 && ` · ${t('emergency.escalated', { targets: escalated.join(', ') })}`}
    </>
  );
}

function EmergencyCard({ question }: { readonly question: AskedQuestion }) {
  const { t } = useUi();
  const { title, from, target } = question;
  return (
    <li class="emergency">
      <Icon name="alert" size={28} />
      <MessageLink question={question} class="emergency-text">
        {/* Read out when the card comes, but not with each round. */}
        <strong role="alert" dir="auto">
          <span class="visually-hidden">{t('emergency.title')} </span>
          {title}
        </strong>
        <span>
          <bdi>{from === '' ? target : from}</bdi> · <Rounds question={question} />
        </span>
      </MessageLink>
      <AnswerForm question={question} />
    </li>
  );
}

export function Emergencies() {
  const { model, t, now } = useUi();
  const open = model.questions.value.filter((one) => one.kind === 'acknowledge' && isWaiting(one, now.value));
  if (open.length === 0) return null;
  return (
    <section class="emergencies" aria-label={t('emergency.label')}>
      <ul>
        {open.map((question) => (
          <EmergencyCard key={`${question.accountId}/${question.id}`} question={question} />
        ))}
      </ul>
    </section>
  );
}
