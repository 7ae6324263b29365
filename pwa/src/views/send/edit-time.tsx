// Changes when a scheduled message is due: its time, or the expression of a recurring one.
import { useId, useState } from 'preact/hooks';
import type { ScheduledMessage } from '../../../../shared/api.ts';
import type { NewTime } from '../../model/model.ts';
import { Dialog } from '../shell/dialog.tsx';
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
  const { model, t, explain } = useUi();
  const { id, dueAt, cron, tz } = scheduled;
  const [value, setValue] = useState(cron ?? localTime(dueAt));
  const [failure, setFailure] = useState<string | undefined>(undefined);
  const [busy, setBusy] = useState(false);
  const field = useId();
  const save = async () => {
    const time: NewTime =
      cron === undefined
        ? { at: new Date(value).toISOString() }
        : { cron: value.trim(), ...(tz === undefined ? {} : { tz }) };
    setBusy(true);
    setFailure(undefined);
    try {
      await model.changeScheduled(accountId, id, time);
      onClose();
      await onSaved();
    } catch (error) {
      setFailure(explain(error));
      setBusy(false);
    }
  };
  const shared = {
    id: field,
    class: 'input',
    value,
    onInput: (event: { readonly currentTarget: { readonly value: string } }) => setValue(event.currentTarget.value),
  };
  return (
    <Dialog title={t('upcoming.edit_title')} onClose={onClose}>
      <form
        class="dialog-form"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
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
        <div role="alert">{failure !== undefined && <p class="hint hint-bad">{failure}</p>}</div>
        <div class="dialog-buttons">
          <button type="button" class="button" onClick={onClose}>
            {t('common.cancel')}
          </button>
          <button type="submit" class="button button-primary" disabled={busy || value.trim() === ''} aria-busy={busy}>
            {t('edit.save')}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
