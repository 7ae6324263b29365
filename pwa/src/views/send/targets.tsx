// Chooses the recipient: a device or group that the relay knows, or any other name.
import { useEffect, useId, useState } from 'preact/hooks';
import type { Account } from '../../model/model.ts';
import { Icon } from '../shell/icon.tsx';
import { useUi } from '../ui.ts';

export interface Target {
  readonly name: string;
  readonly group: boolean;
}

interface Known {
  readonly devices: readonly string[];
  readonly groups: readonly string[];
}

interface TargetsProps {
  readonly account: Account;
  readonly value: Target;
  readonly onChange: (target: Target) => void;
}

export function Targets({ account, value, onChange }: TargetsProps) {
  const { model, t, explain } = useUi();
  const [known, setKnown] = useState<Known | undefined>(undefined);
  const [failure, setFailure] = useState<string | undefined>(undefined);
  const [byHand, setByHand] = useState(false);
  const name = useId();
  const field = useId();
  useEffect(() => {
    let stays = true;
    setKnown(undefined);
    setFailure(undefined);
    Promise.all([model.devices(account.id), model.knownGroups(account.id)]).then(
      ([devices, groups]) => {
        if (stays) setKnown({ devices: devices.map((device) => device.name), groups });
      },
      (error: unknown) => {
        if (stays) setFailure(explain(error));
      },
    );
    return () => {
      stays = false;
    };
  }, [model, account.id, explain]);

  const option = (target: Target) => (
    <label key={`${target.group} ${target.name}`} class="chip chip-radio">
      <input
        type="radio"
        name={name}
        checked={!byHand && value.name === target.name && value.group === target.group}
        onChange={() => {
          setByHand(false);
          onChange(target);
        }}
      />
      <Icon name={target.group ? 'group' : 'device'} size={16} />
      <span class="clip">
        {target.name}
        {!target.group && target.name === account.name && ` (${t('devices.this')})`}
      </span>
      {target.group && <span class="visually-hidden">{t('send.group')}</span>}
    </label>
  );
  const isByHand = byHand || failure !== undefined;
  return (
    <fieldset class="field targets">
      <legend class="label">{t('send.to')}</legend>
      {known === undefined && failure === undefined && (
        <p class="loading" role="status" aria-label={t('common.loading')} />
      )}
      {known !== undefined && (
        <div class="chips-wrap">
          {known.groups.map((group) => option({ name: group, group: true }))}
          {known.devices.map((device) => option({ name: device, group: false }))}
          <label class="chip chip-radio">
            <input
              type="radio"
              name={name}
              checked={byHand}
              onChange={() => {
                setByHand(true);
                onChange({ name: '', group: false });
              }}
            />
            {t('send.other')}
          </label>
        </div>
      )}
      {failure !== undefined && <p class="hint hint-bad">{failure}</p>}
      {isByHand && (
        <div class="by-hand">
          <label class="visually-hidden" for={field}>
            {t('send.target_name')}
          </label>
          <input
            id={field}
            class="input"
            value={value.name}
            placeholder={t('send.target_name')}
            autocomplete="off"
            autocapitalize="off"
            onInput={(event) => onChange({ ...value, name: event.currentTarget.value })}
          />
          <label class="check">
            <input
              type="checkbox"
              checked={value.group}
              onChange={(event) => onChange({ ...value, group: event.currentTarget.checked })}
            />
            {t('send.is_group')}
          </label>
        </div>
      )}
    </fieldset>
  );
}
