// All devices of the relay: whether messages reach them, and their names and groups, which the owner may change.
import { useState } from 'preact/hooks';
import type { DeviceInfo, RouteHealth } from '../../../../shared/api.ts';
import { clockTime, fullTime, relativeTime, timeOfDay } from '../../locales/format.ts';
import { formatRoute } from '../route.ts';
import { EditQuietHours } from '../settings/edit-quiet-hours.tsx';
import { PairDialog } from '../settings/pair-dialog.tsx';
import { BusyButton } from '../shell/busy-button.tsx';
import { Dialog } from '../shell/dialog.tsx';
import { FormEnd, useSubmit } from '../shell/form.tsx';
import { Icon } from '../shell/icon.tsx';
import { useUi } from '../ui.ts';
import { Shown } from './managed.tsx';
import { type OwnerProps, useLoaded, useRefresh, useTexts } from './owner-ui.ts';
import { RowHead } from './row-head.tsx';
import { TextField } from './text-field.tsx';

const REFRESH = 10_000;
const WAYS = ['websocket', 'webpush', 'fcm', 'webhook'] as const;

const namesOf = (text: string) =>
  text
    .split(/[,，]/)
    .map((part) => part.trim())
    .filter((part) => part !== '');

interface EditProps extends OwnerProps {
  readonly device: DeviceInfo;
  readonly groups: readonly string[];
  /** @param isRenamed whether the device has lost its access, because it has another name now */
  readonly onSaved: (isRenamed: boolean) => void;
  readonly onClose: () => void;
}

function EditDevice({ account, owner, device, groups: known, onSaved, onClose }: EditProps) {
  const { model, toast } = useUi();
  const t = useTexts();
  const [name, setName] = useState(device.name);
  const [groups, setGroups] = useState(device.groups.join(', '));
  const isThis = device.name === account.name;
  const isRenamed = name.trim() !== device.name;
  const submission = useSubmit(async () => {
    const wanted = namesOf(groups);
    // The page gets its new token with the answer.
    if (isThis) await model.changeDevice(account.id, name.trim(), wanted);
    else await owner.changeDevice(device.name, { groups: wanted, ...(isRenamed ? { name: name.trim() } : {}) });
    toast(t('devices.saved'));
    onSaved(isRenamed && !isThis);
  });
  return (
    <Dialog title={t('devices.edit_title', { name: device.name })} onClose={onClose}>
      <form class="dialog-form" onSubmit={submission.onSubmit}>
        <TextField
          label={t('form.name')}
          hint={isRenamed && !isThis ? t('devices.rename_hint') : undefined}
          value={name}
          onChange={setName}
        />
        <TextField
          label={t('devices.groups')}
          hint={known.length === 0 ? t('devices.groups_hint') : t('devices.groups_known', { groups: known.join(', ') })}
          value={groups}
          onChange={setGroups}
        />
        <FormEnd {...submission} label={t('form.save')} disabled={name.trim() === ''} onCancel={onClose} />
      </form>
    </Dialog>
  );
}

interface RowProps extends OwnerProps {
  readonly device: DeviceInfo;
  readonly failing: readonly RouteHealth[];
  readonly onEdit: () => void;
  readonly onQuiet: () => void;
  readonly onChanged: () => Promise<void>;
}

function Row({ account, owner, device, failing, onEdit, onQuiet, onChanged }: RowProps) {
  const { t: pageText, ask, go, translator, now } = useUi();
  const t = useTexts();
  const { name, groups, routes, online, queued, lastReceivedAt, pairedBy, manage, quietUntil, mutes } = device;
  const isThis = name === account.name;
  const isWebhook = routes.includes('webhook');
  const ways = routes.map((route) => {
    const known = WAYS.find((way) => way === route);
    return known === undefined ? route : pageText(`route.${known}`);
  });
  const hours = device.quiet === false ? undefined : (device.quiet ?? device.quietPreset);
  const ring = async () => {
    await owner.changeQuiet(name, false);
    await onChanged();
  };
  const remove = async () => {
    const dropped = queued === 0 ? [] : [pageText('devices.remove_queued', { count: queued })];
    const yes = await ask({
      title: pageText('devices.remove_title', { name }),
      text: [pageText('devices.remove_text'), ...dropped].join(' '),
      yes: pageText('devices.remove'),
      danger: true,
    });
    if (!yes) return;
    await owner.removeDevice(name);
    await onChanged();
  };
  const seen =
    lastReceivedAt === null
      ? pageText('devices.never')
      : pageText('devices.last', { time: relativeTime(translator.value, lastReceivedAt, now.value) });
  const marks = [
    isThis ? t('manage.this') : undefined,
    manage === true ? t('devices.manages') : undefined,
    pairedBy === undefined ? undefined : pageText('devices.paired_by', { name: pairedBy }),
  ].filter((mark) => mark !== undefined);
  return (
    <li class="sender">
      <RowHead name={name}>
        <span class={`status ${online ? 'status-good' : ''}`}>
          {isWebhook ? pageText('route.webhook') : pageText(online ? 'devices.online' : 'devices.offline')}
        </span>
      </RowHead>
      <span class="muted">
        {lastReceivedAt === null ? (
          seen
        ) : (
          <time dateTime={new Date(lastReceivedAt).toISOString()} title={fullTime(translator.value, lastReceivedAt)}>
            {seen}
          </time>
        )}
        {queued > 0 && ` · ${pageText('devices.queued', { count: queued })}`}
      </span>
      {ways.length > 0 && <span class="muted">{pageText('devices.reached_by', { ways: ways.join(', ') })}</span>}
      {groups.length > 0 && <span class="muted">{pageText('devices.in_groups', { groups: groups.join(', ') })}</span>}
      {hours !== undefined && (
        <span class="muted">
          {t('devices.quiet')}:{' '}
          {pageText('quiet.on', {
            from: timeOfDay(translator.value, hours.from),
            to: timeOfDay(translator.value, hours.to),
          })}
          {quietUntil !== undefined &&
            quietUntil > now.value &&
            ` · ${pageText('quiet.now', { time: clockTime(translator.value, quietUntil, now.value) })}`}
        </span>
      )}
      {mutes !== undefined && <span class="muted">{t('devices.mutes', { count: mutes.length })}</span>}
      {marks.length > 0 && <span class="muted">{marks.join(' · ')}</span>}
      {failing.map(({ transport, answers: [last] }) => (
        <span key={transport} class="hint hint-bad" dir="auto">
          {t('devices.failing', { way: transport, reason: last?.reason ?? '' })}
        </span>
      ))}
      <div class="buttons">
        {!isWebhook && (
          <button
            type="button"
            class="button button-small"
            aria-label={t('senders.edit_one', { name })}
            onClick={onEdit}
          >
            {t('senders.edit')}
          </button>
        )}
        {!isWebhook && (
          <button
            type="button"
            class="button button-small"
            aria-label={t('devices.quiet_one', { name })}
            onClick={onQuiet}
          >
            {t('devices.quiet')}
          </button>
        )}
        {hours !== undefined && (
          <BusyButton class="button button-small" label={t('devices.quiet_off_one', { name })} action={ring}>
            {t('devices.quiet_off')}
          </BusyButton>
        )}
        <a
          class="button button-small"
          href={formatRoute({ view: 'activity', target: name })}
          aria-label={t('devices.activity_one', { name })}
          onClick={(event) => {
            event.preventDefault();
            go({ view: 'activity', target: name }, { replace: true });
          }}
        >
          {t('devices.activity')}
        </a>
        {!isThis && !isWebhook && (
          <BusyButton class="icon-button" label={pageText('devices.remove_title', { name })} action={remove}>
            <Icon name="trash" />
          </BusyButton>
        )}
      </div>
    </li>
  );
}

export function OwnerDevices({ account, owner }: OwnerProps) {
  const t = useTexts();
  const [edited, setEdited] = useState<DeviceInfo | undefined>(undefined);
  const [silenced, setSilenced] = useState<DeviceInfo | undefined>(undefined);
  const [isPairing, setPairing] = useState(false);
  const loaded = useLoaded(account.id, async () => {
    const [devices, routes] = await Promise.all([owner.devices(), owner.routes()]);
    return { devices, failing: routes.filter(({ failing }) => failing) };
  });
  const { value, load } = loaded;
  useRefresh(() => {
    if (edited === undefined && silenced === undefined) void load();
  }, REFRESH);
  return (
    <>
      <p class="prose">{t('devices.intro')}</p>
      <button type="button" class="button" onClick={() => setPairing(true)}>
        <Icon name="qr" size={18} />
        {t('devices.pair')}
      </button>
      <Shown loaded={loaded}>
        {({ devices, failing }) => (
          <ul class="panel">
            {devices.map((device) => (
              <Row
                key={device.name}
                account={account}
                owner={owner}
                device={device}
                failing={failing.filter(({ name, transport }) => name === device.name && transport !== 'app')}
                onEdit={() => setEdited(device)}
                onQuiet={() => setSilenced(device)}
                onChanged={load}
              />
            ))}
          </ul>
        )}
      </Shown>
      {edited !== undefined && (
        <EditDevice
          account={account}
          owner={owner}
          device={edited}
          groups={[...new Set(value?.devices.flatMap(({ groups }) => groups) ?? [])]}
          onClose={() => setEdited(undefined)}
          onSaved={(isRenamed) => {
            setEdited(undefined);
            // It has to be paired again, under its new name.
            if (isRenamed) setPairing(true);
            void load();
          }}
        />
      )}
      {silenced !== undefined && (
        <EditQuietHours
          account={{ ...account, name: silenced.name, groups: silenced.groups }}
          hours={silenced.quiet === false ? undefined : (silenced.quiet ?? silenced.quietPreset)}
          save={async (hours) => {
            await owner.changeQuiet(silenced.name, hours);
            await load();
          }}
          onClose={() => setSilenced(undefined)}
        />
      )}
      {isPairing && <PairDialog account={account} onClose={() => setPairing(false)} />}
    </>
  );
}
