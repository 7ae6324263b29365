// The alerts that fire, above the list: what, where, since when, how often, and a button that closes each.
import { useId, useState } from 'preact/hooks';
import { fullTime, relativeTime } from '../../locales/format.ts';
import type { OpenAlert } from '../../model/model.ts';
import { BusyButton } from '../shell/busy-button.tsx';
import { useUi } from '../ui.ts';

/** How many are shown before a person asks for all: the messages below stay in sight. */
const FEW = 3;

function AlertRow({ alert }: { readonly alert: OpenAlert }) {
  const { model, t, translator, now } = useUi();
  const { target, since, count, flapping } = alert;
  const title = alert.title === '' ? alert.key : alert.title;
  return (
    <li class="alert">
      <div class="alert-text">
        <strong class="clip" dir="auto">
          {title}
        </strong>
        <span class="muted">
          <bdi>{target}</bdi> ·{' '}
          <time dateTime={new Date(since).toISOString()} title={fullTime(translator.value, since)}>
            {t('alerts.since', { time: relativeTime(translator.value, since, now.value) })}
          </time>
          {count > 1 && ` · ${t('alerts.times', { count })}`}
          {flapping && ` · ${t('alerts.flapping')}`}
        </span>
      </div>
      <BusyButton
        class="button button-small"
        label={t('alerts.close_one', { title })}
        action={() => model.closeAlert(alert)}
      >
        {t('alerts.close')}
      </BusyButton>
    </li>
  );
}

export function OpenNow() {
  const { model, t } = useUi();
  const [showsAll, setShowsAll] = useState(false);
  const id = useId();
  const alerts = model.alerts.value;
  if (alerts.length === 0) return null;
  const shown = showsAll ? alerts : alerts.slice(0, FEW);
  return (
    <section class="open-now" aria-labelledby={id}>
      <h2 id={id} class="open-now-title">
        {t('alerts.open_now')}
      </h2>
      <ul>
        {shown.map((alert) => (
          <AlertRow key={`${alert.accountId}/${alert.id}`} alert={alert} />
        ))}
      </ul>
      {alerts.length > FEW && (
        <button
          type="button"
          class="button button-quiet button-small"
          aria-expanded={showsAll}
          onClick={() => setShowsAll(!showsAll)}
        >
          {showsAll ? t('inbox.fold') : t('inbox.more', { count: alerts.length - FEW })}
        </button>
      )}
    </section>
  );
}
