// Changes when a scheduled message is due: its time, or the expression of a recurring one.
import { useId, useState } from 'preact/hooks';
import type { ScheduledMessage } from '../../../../shared/api.ts';
import type { NewTime } from '../../model/model.ts';
import { Dialog } from '../shell/dialog.tsx';
import { FormEnd, useSubmit } from '../shell/form.tsx';
import { useUi } from '../ui.ts';

/** A scheduled message and its relay. */
export interface Upcoming {
  readonly accountId: string;
  readonly scheduled: ScheduledMessage;
}

/** A time as the field for local times has it: `2030-01-31T08:00`. */
function localTime(time: number): string {
  const date = new Date(time);
  const two = (value: number) => String(value).padStart(2, '0');
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}`;
}

interface EditTimeProps extends Upcoming {
  readonly onClose: () => void;
  readonly onSaved: () => Promise<void>;
}

export function EditTime({ accountId, scheduled, onClose, onSaved }: EditTimeProps) {
  const { model, t } = useUi();
  const { id, dueAt, cron, tz } = scheduled;
  const [value, setValue] = useState(cron ?? localTime(dueAt));
  const field = useId();
  const submission = useSubmit(async () => {
    const time: NewTime =
      cron === undefined
        ? { at: new Date(value).toISOString() }
        : { cron: value.trim(), ...(tz === undefined ? {} : { tz }) };
    await model.changeScheduled(accountId, id, time);
    onClose();
    await onSaved();
  });
  const shared = {
    id: field,
    class: 'input',
    value,
    onInput: (event: { readonly currentTarget: { readonly value: string } }) => setValue(event.currentTarget.value),
  };
  return (
    <Dialog title={t('upcoming.edit_title')} onClose={onClose}>
      <form class="dialog-form" onSubmit={submission.onSubmit}>
        <div class="field">
          <label class="label" for={field}>
            {t(cron === undefined ? 'upcoming.time' : 'upcoming.cron')}
          </label>
          {cron === undefined ? (
            <input {...shared} type="datetime-local" />
          ) : (
            <input {...shared} type="text" autocapitalize="off" />
          )}
          {tz !== undefined && <p class="hint">{tz}</p>}
        </div>
        <FormEnd {...submission} label={t('edit.save')} disabled={value.trim() === ''} onCancel={onClose} />
      </form>
    </Dialog>
  );
}
