// Mutes the sender, the group or the key of a message on this device.
import { useState } from 'preact/hooks';
import type { Mute } from '../../../../shared/quiet.ts';
import type { InboxMessage } from '../../model/model.ts';
import { muteLabel, mutesOf, nextMorning } from '../mute.ts';
import { Choice } from '../shell/choice.tsx';
import { Dialog } from '../shell/dialog.tsx';
import { useUi } from '../ui.ts';

const HOUR = 3_600_000;
const SPANS = ['hour', 'morning', 'for_good'] as const;

function untilOf(span: (typeof SPANS)[number], now: number): Pick<Mute, 'until'> {
  if (span === 'for_good') return {};
  return { until: span === 'hour' ? now + HOUR : nextMorning(now) };
}

export function MuteDialog({ message, onClose }: { readonly message: InboxMessage; readonly onClose: () => void }) {
  const ui = useUi();
  const { t, model, attempt, toast } = ui;
  const choices = mutesOf(message);
  const [chosen, setChosen] = useState('0');
  const [span, setSpan] = useState<(typeof SPANS)[number]>('hour');
  const save = async () => {
    const what = choices[Number(chosen)];
    onClose();
    if (what === undefined) return;
    const { accountId } = message;
    const mute = { ...what, ...untilOf(span, Date.now()) };
    if (!(await attempt(() => model.changeQuiet(accountId, { mute })))) return;
    const undo = () => void attempt(() => model.changeQuiet(accountId, { unmute: what }));
    toast(t('silence.done', { name: muteLabel(ui, what) }), { action: { label: t('delete.undo'), run: undo } });
  };
  return (
    <Dialog title={t('silence.do')} onClose={onClose}>
      <form
        class="dialog-form"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <fieldset class="field">
          <legend class="label">{t('silence.what')}</legend>
          {choices.map((mute, index) => (
            <label key={muteLabel(ui, mute)} class="check">
              <input
                type="radio"
                name="mute"
                checked={chosen === String(index)}
                onChange={() => setChosen(String(index))}
              />
              <span dir="auto">{muteLabel(ui, mute)}</span>
            </label>
          ))}
        </fieldset>
        <div class="field">
          <span class="label">{t('silence.how_long')}</span>
          <Choice
            label={t('silence.how_long')}
            value={span}
            options={SPANS.map((value) => ({ value, label: t(`silence.${value}`) }))}
            onChange={setSpan}
          />
        </div>
        <p class="hint">{t('silence.hint')}</p>
        <div class="dialog-buttons">
          <button type="button" class="button" onClick={onClose}>
            {t('common.cancel')}
          </button>
          <button type="submit" class="button button-primary">
            {t('silence.do')}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
