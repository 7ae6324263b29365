// Messages that are due later: when, to whom, and what a person can do before they are sent.
import { useEffect, useId, useState } from 'preact/hooks';
import { fullTime, mediumTime } from '../../locales/format.ts';
import { BusyButton } from '../shell/busy-button.tsx';
import { useUi } from '../ui.ts';
import { EditTime, type Upcoming } from './edit-time.tsx';

interface UpcomingRowProps extends Upcoming {
  readonly onEdit: () => void;
  readonly onChanged: () => Promise<void>;
}

function UpcomingRow({ accountId, scheduled, onEdit, onChanged }: UpcomingRowProps) {
  const { model, t, translator, toast, ask } = useUi();
  const { id, target, dueAt, cron, message } = scheduled;
  const title = message.text || message.desp || id;
  const step = async (what: 'skip' | 'run') => {
    await model.stepScheduled(accountId, id, what);
    toast(t(`upcoming.${what}_done`));
    await onChanged();
  };
  const cancel = async () => {
    if (
      !(await ask({
        title: t('upcoming.cancel_one', { title }),
        text: t('upcoming.cancel_text'),
        yes: t('upcoming.cancel'),
        danger: true,
      }))
    )
      return;
    await model.cancelScheduled(accountId, id);
    await onChanged();
  };
  return (
    <li class="upcoming">
      <strong class="clip" dir="auto">
        {title}
      </strong>
      <span class="muted">
        <bdi>{target}</bdi> ·{' '}
        <time dateTime={new Date(dueAt).toISOString()} title={fullTime(translator.value, dueAt)}>
          {mediumTime(translator.value, dueAt)}
        </time>
        {cron !== undefined && ` · ${t('upcoming.recurring', { cron })}`}
      </span>
      <div class="buttons">
        <button
          type="button"
          class="button button-small"
          aria-label={t('upcoming.edit_one', { title })}
          onClick={onEdit}
        >
          {t('upcoming.edit')}
        </button>
        {cron !== undefined && (
          <BusyButton class="button button-small" label={t('upcoming.skip_one', { title })} action={() => step('skip')}>
            {t('upcoming.skip')}
          </BusyButton>
        )}
        <BusyButton class="button button-small" label={t('upcoming.run_one', { title })} action={() => step('run')}>
          {t('upcoming.run')}
        </BusyButton>
        <BusyButton class="button button-small" label={t('upcoming.cancel_one', { title })} action={cancel}>
          {t('upcoming.cancel')}
        </BusyButton>
      </div>
    </li>
  );
}

export function UpcomingList() {
  const { model, t } = useUi();
  const [upcoming, setUpcoming] = useState<readonly Upcoming[]>([]);
  const [edited, setEdited] = useState<Upcoming | undefined>(undefined);
  const id = useId();
  const accounts = model.accounts.value;
  const load = async () => {
    const lists = await Promise.allSettled(
      accounts.map(async ({ id: accountId }) =>
        (await model.scheduled(accountId)).map((scheduled) => ({ accountId, scheduled })),
      ),
    );
    const found = lists.flatMap((list) => (list.status === 'fulfilled' ? list.value : []));
    setUpcoming(found.toSorted((a, b) => a.scheduled.dueAt - b.scheduled.dueAt));
  };
  // A relay that cannot be reached is named by the notice above the inbox. Its messages are missing here.
  useEffect(() => void load(), [accounts]);
  if (upcoming.length === 0) return null;
  return (
    <section class="panel" aria-labelledby={id}>
      <h2 id={id} class="panel-title">
        {t('upcoming.title')}
      </h2>
      <ul>
        {upcoming.map((one) => (
          <UpcomingRow
            key={`${one.accountId}/${one.scheduled.id}`}
            {...one}
            onEdit={() => setEdited(one)}
            onChanged={load}
          />
        ))}
      </ul>
      {edited !== undefined && <EditTime {...edited} onClose={() => setEdited(undefined)} onSaved={load} />}
    </section>
  );
}
