// Changes when the signs of a heartbeat are expected.
import { useState } from 'preact/hooks';
import type { BeatInfo } from '../../../../shared/api.ts';
import type { Owner } from '../../model/owner/owner.ts';
import { Choice } from '../shell/choice.tsx';
import { Dialog } from '../shell/dialog.tsx';
import { FormEnd, useSubmit } from '../shell/form.tsx';
import { useUi } from '../ui.ts';
import { useTexts } from './owner-ui.ts';
import { TextField } from './text-field.tsx';

/** A time as the relay reads it: `24h`, `90s`. */
export function periodText(ms: number): string {
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
  ] as const;
  const [unit, size] = units.find(([, one]) => ms >= one && ms % one === 0) ?? (['s', 1000] as const);
  return `${Math.round(ms / size)}${unit}`;
}

interface EditBeatProps {
  readonly owner: Owner;
  readonly beat: BeatInfo;
  readonly onClose: () => void;
  readonly onSaved: () => Promise<void>;
}

export function EditBeat({ owner, beat, onClose, onSaved }: EditBeatProps) {
  const { t: pageText } = useUi();
  const t = useTexts();
  const [isCron, setCron] = useState(beat.cron !== undefined);
  const [every, setEvery] = useState(periodText(beat.every ?? 86_400_000));
  const [cron, setExpression] = useState(beat.cron ?? '0 3 * * *');
  const [tz, setZone] = useState(beat.tz ?? Intl.DateTimeFormat().resolvedOptions().timeZone);
  const [grace, setGrace] = useState(periodText(beat.grace));
  const submission = useSubmit(async () => {
    const times = isCron ? { cron: cron.trim(), tz: tz.trim() } : { every: every.trim() };
    await owner.changeBeat(beat.id, { ...times, grace: grace.trim() });
    onClose();
    await onSaved();
  });
  return (
    <Dialog title={t('beats.edit_title', { name: beat.key })} onClose={onClose}>
      <form class="dialog-form" onSubmit={submission.onSubmit}>
        <Choice
          label={t('beats.by')}
          value={isCron ? 'cron' : 'every'}
          options={[
            { value: 'every', label: t('beats.by_every') },
            { value: 'cron', label: t('beats.by_cron') },
          ]}
          onChange={(kind) => setCron(kind === 'cron')}
        />
        {isCron ? (
          <>
            <TextField label={t('beats.times')} value={cron} onChange={setExpression} />
            <TextField label={t('beats.zone')} value={tz} onChange={setZone} />
          </>
        ) : (
          <TextField label={t('beats.interval')} hint={t('beats.interval_hint')} value={every} onChange={setEvery} />
        )}
        <TextField label={t('beats.grace')} value={grace} onChange={setGrace} />
        <FormEnd {...submission} label={pageText('edit.save')} onCancel={onClose} />
      </form>
    </Dialog>
  );
}
