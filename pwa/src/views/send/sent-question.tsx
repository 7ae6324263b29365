// What became of a question or an emergency that was sent from here.
import type { SentMessage } from '../../model/model.ts';
import { outcomeText } from '../answers/open.ts';
import { BusyButton } from '../shell/busy-button.tsx';
import { Icon } from '../shell/icon.tsx';
import { type Ui, useUi } from '../ui.ts';

/** The outcome in words, or that no one has answered yet; undefined for a message that asks nothing. */
export function sentOutcome(ui: Ui, { accountId, question: id }: SentMessage): string | undefined {
  if (id === undefined) return undefined;
  const question = ui.model.questions.value.find((one) => one.accountId === accountId && one.id === id);
  if (question === undefined) return ui.t('sent.waiting');
  if (question.state !== 'open') return outcomeText(ui, question);
  return ui.t(question.kind === 'acknowledge' ? 'sent.waiting_emergency' : 'sent.waiting');
}

export function SentQuestion({ sent }: { readonly sent: SentMessage }) {
  const ui = useUi();
  const { model, t } = ui;
  const { accountId, question: id, title } = sent;
  const outcome = sentOutcome(ui, sent);
  if (id === undefined || outcome === undefined) return null;
  const known = model.questions.value.find((one) => one.accountId === accountId && one.id === id);
  const isOpen = known === undefined || known.state === 'open';
  return (
    <p class={`outcome ${known?.state === 'answered' ? 'outcome-answered' : ''}`} role="status">
      <Icon name={known?.state === 'answered' ? 'check' : 'clock'} size={18} />
      <span class="grow" dir="auto">
        {outcome}
      </span>
      {isOpen && (
        <BusyButton
          class="button button-small"
          label={t('sent.withdraw_one', { title })}
          action={() => model.withdraw({ accountId, id })}
        >
          {t('sent.withdraw')}
        </BusyButton>
      )}
    </p>
  );
}
