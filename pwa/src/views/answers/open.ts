// Which questions still wait for an answer, and how the others ended, in words.
import { clockTime } from '../../locales/format.ts';
import type { AskedQuestion, InboxMessage } from '../../model/model.ts';
import type { Ui } from '../ui.ts';

/** Whether it waits for an answer from here. @param now ms since 1970 */
export function isWaiting({ state, until, forMe }: AskedQuestion, now: number): boolean {
  return forMe && state === 'open' && until > now;
}

/** The question of a message. */
export function questionOf({ model }: Ui, { accountId, ask }: InboxMessage): AskedQuestion | undefined {
  return model.questions.value.find((one) => one.accountId === accountId && one.id === ask?.id);
}

/** `Answered: yes, by pixel, 02:14`. */
export function outcomeText({ t, translator, now }: Ui, question: AskedQuestion): string {
  const { kind, state, answer = '', by = '', at = question.until, default: preset } = question;
  const isEmergency = kind === 'acknowledge';
  if (state === 'answered') {
    const time = clockTime(translator.value, at, now.value);
    return isEmergency ? t('emergency.acknowledged', { by, time }) : t('ask.answered', { answer, by, time });
  }
  if (state === 'cancelled') return t(isEmergency ? 'emergency.cancelled' : 'ask.cancelled');
  if (isEmergency) return t('emergency.expired');
  return preset === undefined ? t('ask.expired') : t('ask.expired_default', { answer: preset });
}
