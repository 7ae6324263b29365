// The heartbeats of a relay, and how to add one.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { BeatInfo } from '../../../../shared/api.ts';
import { Panel } from '../settings/panel.tsx';
import { Failed } from '../shell/failed.tsx';
import { useUi } from '../ui.ts';
import { BeatRow } from './beat-row.tsx';
import { CopyBlock } from './copy-block.tsx';
import { EditBeat } from './edit-beat.tsx';
import { type OwnerProps, useLoaded, useRefresh, useTexts } from './owner-ui.ts';

/** How often the list is read again, in ms. What the relay tells as an alert shows at once. */
const REFRESH = 15_000;

function AddBeat({ account: { server, name } }: Pick<OwnerProps, 'account'>) {
  const t = useTexts();
  const path = `/${encodeURIComponent(name)}.beat?key=backup&every=24h&grace=1h`;
  return (
    <Panel title={t('beats.add')}>
      <p class="prose">{t('beats.add_hint')}</p>
      <CopyBlock label="curl" text={`curl -fsS -H "Authorization: Bearer $HERALD_TOKEN" "${server}${path}"`} />
      <p class="prose">{t('beats.add_notify')}</p>
      <CopyBlock
        label="notify.sh"
        text={`notify -d '${name.replaceAll("'", "'\\''")}' beat backup --every 24h --grace 1h -- ./backup.sh`}
      />
    </Panel>
  );
}

export function Beats({ account, owner }: OwnerProps) {
  const { model, t: pageText } = useUi();
  const t = useTexts();
  const [edited, setEdited] = useState<BeatInfo | undefined>(undefined);
  const { value: beats, failure, load } = useLoaded(account.id, owner.beats);
  useRefresh(() => void load(), REFRESH);
  // A missing sign, a failure and the end of both change an alert, and alerts come at once.
  const alerts = model.alerts.value;
  const heard = useRef(alerts);
  useEffect(() => {
    if (heard.current === alerts) return;
    heard.current = alerts;
    void load();
  }, [alerts, load]);
  return (
    <>
      <p class="prose">{t('beats.intro')}</p>
      {failure !== undefined && <Failed failure={failure} retry={() => void load()} />}
      {beats === undefined && failure === undefined && (
        <p class="loading" role="status" aria-label={pageText('common.loading')} />
      )}
      {beats?.length === 0 && <p class="muted">{t('beats.none')}</p>}
      {beats !== undefined && beats.length > 0 && (
        <ul class="panel">
          {beats.map((beat) => (
            <BeatRow
              key={beat.id}
              account={account}
              owner={owner}
              beat={beat}
              onEdit={() => setEdited(beat)}
              onChanged={load}
            />
          ))}
        </ul>
      )}
      <AddBeat account={account} />
      {edited !== undefined && (
        <EditBeat owner={owner} beat={edited} onClose={() => setEdited(undefined)} onSaved={load} />
      )}
    </>
  );
}
