// How a person answers a question: a button for each option, or a field. It says why an answer does not count.
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { clockTime, countdown } from '../../locales/format.ts';
import type { AskedQuestion } from '../../model/model.ts';
import { useUi } from '../ui.ts';
import { outcomeText } from './open.ts';

const HOUR = 3_600_000;

/** How long it is still open, by the second in the last hour. */
function TimeLeft({ until }: { readonly until: number }) {
  const { t, translator } = useUi();
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const left = until - now;
  // Not announced: it changes all the time.
  return (
    <time dateTime={new Date(until).toISOString()}>
      {left < HOUR
        ? t('ask.left', { time: countdown(left) })
        : t('ask.until', { time: clockTime(translator.value, until, now) })}
    </time>
  );
}

/** The time that is left, and what the sender takes without an answer. */
export function Terms({ question }: { readonly question: AskedQuestion }) {
  const { t } = useUi();
  return (
    <>
      <TimeLeft until={question.until} />
      {question.default !== undefined && <span dir="auto"> · {t('ask.default', { answer: question.default })}</span>}
    </>
  );
}

interface AnswerFormProps {
  readonly question: AskedQuestion;
  /** Whether the field gets the focus. */
  readonly focused?: boolean;
}

export function AnswerForm({ question, focused = false }: AnswerFormProps) {
  const ui = useUi();
  const { model, t, explain } = ui;
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | undefined>(undefined);
  const [text, setText] = useState('');
  const field = useRef<HTMLInputElement>(null);
  const id = useId();
  useEffect(() => {
    if (focused) field.current?.focus();
  }, [focused]);
  const answer = async (given: string) => {
    if (busy) return;
    setBusy(true);
    setFailure(undefined);
    try {
      await model.answer(question, given);
      const settled = model.questions.value.find(
        (one) => one.accountId === question.accountId && one.id === question.id,
      );
      if (settled !== undefined) ui.toast(outcomeText(ui, settled));
    } catch (error) {
      const why = explain(error);
      setFailure(why);
      // The card goes when the question is over, and what it says with it.
      const settled = model.questions.value.find(
        (one) => one.accountId === question.accountId && one.id === question.id,
      );
      if (settled?.state !== 'open') ui.toast(why, { tone: 'bad', ms: 8000 });
    }
    setBusy(false);
  };
  const button = (label: string, given: string, look: string) => (
    <button
      key={given}
      type="button"
      class={`button ${look}`}
      disabled={busy}
      aria-label={t('ask.one', { answer: label, title: question.title })}
      onClick={() => void answer(given)}
    >
      <span dir="auto">{label}</span>
    </button>
  );
  return (
    <div class="answer" aria-busy={busy}>
      {question.kind === 'acknowledge' && button(t('emergency.acknowledge'), 'acknowledged', 'button-acknowledge')}
      {question.kind === 'choice' && (
        <div class="answer-options">{question.options?.map((option) => button(option, option, 'button-answer'))}</div>
      )}
      {question.kind === 'text' && (
        <form
          class="answer-text"
          onSubmit={(event) => {
            event.preventDefault();
            if (text.trim() !== '') void answer(text.trim());
          }}
        >
          <label class="visually-hidden" for={id}>
            {`${t('ask.reply')}: ${question.title}`}
          </label>
          <input
            ref={field}
            id={id}
            class="input"
            dir="auto"
            autocomplete="off"
            maxLength={1000}
            placeholder={t('ask.reply')}
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
          <button type="submit" class="button button-primary" disabled={busy || text.trim() === ''}>
            {t('ask.send')}
          </button>
        </form>
      )}
      {failure !== undefined && (
        <p class="answer-failure" role="alert">
          {failure}
        </p>
      )}
    </div>
  );
}
