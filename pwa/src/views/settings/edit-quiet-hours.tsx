// Sets the quiet hours of this device at one relay.
import { useId, useState } from 'preact/hooks';
import { type QuietHours, WEEKDAYS, type Weekday } from '../../../../shared/quiet.ts';
import type { Account } from '../../model/model.ts';
import { Choice } from '../shell/choice.tsx';
import { Dialog } from '../shell/dialog.tsx';
import { FormEnd, useSubmit } from '../shell/form.tsx';
import { Icon } from '../shell/icon.tsx';
import { useUi } from '../ui.ts';

interface EditProps {
  readonly account: Account;
  /** What is set; undefined if nothing is. */
  readonly hours: QuietHours | undefined;
  readonly save: (hours: QuietHours) => Promise<unknown>;
  readonly onClose: () => void;
}

/** The hours that are suggested at first. */
const NIGHT = { from: '22:30', to: '07:00' };
/** A Monday. */
const MONDAY = Date.UTC(2024, 0, 1);
const DAY = 24 * 3_600_000;

interface ChipsProps<Value extends string> {
  readonly label: string;
  readonly all: readonly Value[];
  readonly chosen: readonly Value[];
  readonly nameOf?: (value: Value) => string;
  readonly onChange: (chosen: readonly Value[]) => void;
}

function Chips<Value extends string>({ label, all, chosen, nameOf = String, onChange }: ChipsProps<Value>) {
  return (
    <fieldset class="field">
      <legend class="label">{label}</legend>
      <div class="chips-wrap">
        {all.map((value) => {
          const on = chosen.includes(value);
          return (
            <button
              key={value}
              type="button"
              class={`chip ${on ? 'chip-on' : ''}`}
              aria-pressed={on}
              onClick={() =>
                onChange(
                  on
                    ? chosen.filter((one) => one !== value)
                    : all.filter((one) => one === value || chosen.includes(one)),
                )
              }
            >
              {on && <Icon name="check" size={14} />}
              <span class="clip">{nameOf(value)}</span>
            </button>
          );
        })}
      </div>
    </fieldset>
  );
}

const LETS = ['none', '5', '4'] as const;
const ownZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

export function EditQuietHours({ account, hours, save, onClose }: EditProps) {
  const { t, translator, toast } = useUi();
  const before = hours?.let ?? {};
  const [from, setFrom] = useState(hours?.from ?? NIGHT.from);
  const [to, setTo] = useState(hours?.to ?? NIGHT.to);
  const [days, setDays] = useState<readonly Weekday[]>(hours?.days ?? WEEKDAYS);
  const [priority, setPriority] = useState<(typeof LETS)[number]>(
    LETS.find((value) => value === String(before.priority)) ?? 'none',
  );
  const [groups, setGroups] = useState<readonly string[]>(before.groups ?? []);
  const [keys, setKeys] = useState((before.keys ?? []).join(', '));
  const id = useId();
  const weekday = new Intl.DateTimeFormat(translator.value.tag, { weekday: 'short', timeZone: 'UTC' });
  const knownGroups = [...new Set([...account.groups, ...groups])];
  const submission = useSubmit(async () => {
    const keyList = keys.split(/[,，]/).flatMap((key) => (key.trim() === '' ? [] : [key.trim()]));
    const rings = {
      ...(priority === 'none' ? {} : { priority: Number(priority) }),
      ...(groups.length === 0 ? {} : { groups }),
      ...(keyList.length === 0 ? {} : { keys: keyList }),
    };
    await save({
      from,
      to,
      tz: ownZone(),
      ...(days.length === WEEKDAYS.length ? {} : { days }),
      ...(Object.keys(rings).length === 0 ? {} : { let: rings }),
    });
    toast(t('edit.done'));
    onClose();
  });
  return (
    <Dialog title={t('quiet.title')} onClose={onClose}>
      <form class="dialog-form" onSubmit={submission.onSubmit}>
        <div class="field-times">
          {(
            [
              ['from', from, setFrom],
              ['to', to, setTo],
            ] as const
          ).map(([name, value, set]) => (
            <div key={name} class="field">
              <label class="label" for={`${id}-${name}`}>
                {t(`quiet.${name}`)}
              </label>
              <input
                id={`${id}-${name}`}
                class="input"
                type="time"
                required
                // A field of the browser knows no 24:00, which is the 00:00 of the next day.
                value={value === '24:00' ? '00:00' : value}
                onInput={(event) => set(event.currentTarget.value)}
              />
            </div>
          ))}
        </div>
        <p class="hint">{t('quiet.zone', { zone: ownZone() })}</p>
        <Chips
          label={t('quiet.days')}
          all={WEEKDAYS}
          chosen={days}
          nameOf={(day) => weekday.format(MONDAY + WEEKDAYS.indexOf(day) * DAY)}
          onChange={setDays}
        />
        <div class="field">
          <span class="label">{t('quiet.let')}</span>
          <Choice
            label={t('quiet.let')}
            value={priority}
            options={LETS.map((value) => ({
              value,
              label: t(value === 'none' ? 'quiet.let_none' : `priority.${value}`),
            }))}
            onChange={setPriority}
          />
        </div>
        {knownGroups.length > 0 && (
          <Chips label={t('quiet.let_groups')} all={knownGroups} chosen={groups} onChange={setGroups} />
        )}
        <div class="field">
          <label class="label" for={`${id}-keys`}>
            {t('quiet.let_keys')}
          </label>
          <input
            id={`${id}-keys`}
            class="input"
            autocapitalize="off"
            autocomplete="off"
            placeholder="disk, backup"
            value={keys}
            onInput={(event) => setKeys(event.currentTarget.value)}
          />
        </div>
        <FormEnd
          {...submission}
          label={t('edit.save')}
          disabled={days.length === 0 || from === to || from === '' || to === ''}
          onCancel={onClose}
        >
          {from === to && <p class="hint hint-bad">{t('quiet.same')}</p>}
        </FormEnd>
      </form>
    </Dialog>
  );
}
