// One heartbeat: its state, its times, its last runs, and what a person can change.
import type { BeatInfo, BeatRun } from '../../../../shared/api.ts';
import { fullTime, mediumTime, relativeTime } from '../../locales/format.ts';
import { copyText } from '../inbox/message-commands.ts';
import { BusyButton } from '../shell/busy-button.tsx';
import { Icon } from '../shell/icon.tsx';
import { useUi } from '../ui.ts';
import { type OwnerProps, spanText, useTexts } from './owner-ui.ts';
import { RowHead } from './row-head.tsx';

const LOOKS = { up: 'good', late: 'warn', down: 'bad', failed: 'bad', paused: 'quiet' } as const;

function useRunText(): (run: BeatRun) => string {
  const { translator } = useUi();
  const t = useTexts();
  return ({ at, state, exit = 1, duration }) =>
    [
      mediumTime(translator.value, at),
      t(`beats.run.${state}`, { exit }),
      ...(duration === undefined ? [] : [t('beats.took', { time: spanText(translator.value.tag, duration) })]),
    ].join(' · ');
}

/** The last runs as ticks, and as a list for those who want to read them. */
function Runs({ runs }: Pick<BeatInfo, 'runs'>) {
  const t = useTexts();
  const textOf = useRunText();
  const count = (state: BeatRun['state']) => runs.filter((run) => run.state === state).length;
  if (runs.length === 0) return <span class="muted">{t('beats.no_runs')}</span>;
  const summary = t('beats.runs', {
    count: runs.length,
    ok: count('ok'),
    failed: count('failed'),
    missing: count('missing'),
  });
  return (
    <>
      <div class="ticks" role="img" aria-label={summary}>
        {runs.map((run) => (
          <span key={`${run.at} ${run.state}`} class={`tick tick-${run.state}`} title={textOf(run)} />
        ))}
      </div>
      <details class="details">
        <summary>
          <Icon name="chevron" size={16} />
          {t('beats.list')}
        </summary>
        <ol class="runs muted">
          {runs.toReversed().map((run) => (
            <li key={`${run.at} ${run.state}`}>{textOf(run)}</li>
          ))}
        </ol>
      </details>
    </>
  );
}

function Times({ beat: { every, cron, tz = '', grace, createdAt, lastAt, startedAt } }: { readonly beat: BeatInfo }) {
  const { translator, now } = useUi();
  const t = useTexts();
  const { tag } = translator.value;
  const late = spanText(tag, grace);
  const ago = (time: number) => relativeTime(translator.value, time, now.value);
  return (
    <>
      <span class="muted">
        {cron === undefined
          ? t('beats.every', { time: spanText(tag, every ?? 0), grace: late })
          : t('beats.cron', { cron, tz, grace: late })}
      </span>
      <span class="muted">
        {lastAt === createdAt && startedAt === undefined ? null : (
          <time dateTime={new Date(lastAt).toISOString()} title={fullTime(translator.value, lastAt)}>
            {t('beats.last', { time: ago(lastAt) })}
          </time>
        )}
        {startedAt !== undefined && ` · ${t('beats.running', { time: ago(startedAt) })}`}
      </span>
    </>
  );
}

interface BeatRowProps extends OwnerProps {
  readonly beat: BeatInfo;
  readonly onEdit: () => void;
  readonly onChanged: () => Promise<void>;
}

export function BeatRow({ account, owner, beat, onEdit, onChanged }: BeatRowProps) {
  const ui = useUi();
  const t = useTexts();
  const { id, key: name, target, state, uuid, runs } = beat;
  const pause = async () => {
    await owner.pauseBeat(id);
    ui.toast(t('beats.paused'));
    await onChanged();
  };
  const remove = async () => {
    const title = t('beats.remove_title', { name });
    if (!(await ui.ask({ title, text: t('beats.remove_text'), yes: t('beats.remove'), danger: true }))) return;
    await owner.removeBeat(id);
    await onChanged();
  };
  return (
    <li class="sender">
      <RowHead name={name}>
        <span class={`status status-${LOOKS[state]}`}>{t(`beats.state.${state}`)}</span>
      </RowHead>
      <span class="muted">
        <bdi>{t('senders.to', { target })}</bdi>
      </span>
      <Times beat={beat} />
      <Runs runs={runs} />
      <div class="buttons">
        <button type="button" class="button button-small" aria-label={t('beats.edit_one', { name })} onClick={onEdit}>
          {t('beats.edit')}
        </button>
        {state !== 'paused' && (
          <BusyButton class="button button-small" label={t('beats.pause_one', { name })} action={pause}>
            {t('beats.pause')}
          </BusyButton>
        )}
        <button
          type="button"
          class="button button-small"
          aria-label={t('beats.ping_one', { name })}
          onClick={() => void copyText(ui, `${account.server}/ping/${uuid}`)}
        >
          {t('beats.ping')}
        </button>
        <BusyButton class="icon-button" label={t('beats.remove_one', { name })} action={remove}>
          <Icon name="trash" />
        </BusyButton>
      </div>
    </li>
  );
}
