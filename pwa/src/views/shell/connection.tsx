// Shows the state of the sockets, in colour and in words.
import type { Account, ConnectionState } from '../../model/model.ts';
import { formatRoute } from '../route.ts';
import { type Ui, useUi } from '../ui.ts';
import { BusyButton } from './busy-button.tsx';
import { Icon } from './icon.tsx';

const RANK = { connected: 0, connecting: 1, offline: 2, refused: 3 } as const;

/** The worst state: one refused relay matters even when the others are connected. */
function worst(states: readonly ConnectionState[]): ConnectionState | undefined {
  return states.toSorted((a, b) => RANK[b.kind] - RANK[a.kind])[0];
}

export function stateOf(ui: Ui, account: Account): ConnectionState {
  return ui.model.connections.value.get(account.id) ?? { kind: 'connecting' };
}

/** The state as a text. A problem has its reason. */
function reasonOf(ui: Ui, state: ConnectionState): string {
  if (state.kind === 'connected' || state.kind === 'connecting') return ui.t(`connection.state.${state.kind}`);
  return ui.t(state.why);
}

export function Light({ state }: { readonly state: ConnectionState }) {
  const { t } = useUi();
  return (
    <span class="light">
      <span class={`light-dot light-${state.kind}`} aria-hidden="true" />
      <span class="light-text">{t(`connection.state.${state.kind}`)}</span>
    </span>
  );
}

/** One light for all relays. It links to the settings, which show the reason. */
export function ConnectionLight() {
  const ui = useUi();
  const state = worst(ui.model.accounts.value.map((account) => stateOf(ui, account)));
  if (state === undefined) return null;
  return (
    <a class="light-link" href={formatRoute({ view: 'settings' })} title={reasonOf(ui, state)}>
      <Light state={state} />
    </a>
  );
}

function Retry({ account, state }: { readonly account: Account; readonly state: ConnectionState }) {
  const { model, t, go } = useUi();
  if (state.kind === 'refused' && state.why.key !== 'connection.refused.taken_over') {
    return (
      <button type="button" class="button button-small" onClick={() => go({ view: 'pair', code: '' })}>
        {t('connection.pair_again')}
      </button>
    );
  }
  return (
    <BusyButton class="button button-small" action={async () => model.reconnect(account.id)}>
      {t(state.kind === 'refused' ? 'connection.connect_here' : 'connection.retry_now')}
    </BusyButton>
  );
}

/** Says what is wrong with one relay and what to do. Empty while it is connected. */
export function ConnectionNotice({ account, named }: { readonly account: Account; readonly named: boolean }) {
  const ui = useUi();
  const state = stateOf(ui, account);
  if (state.kind !== 'offline' && state.kind !== 'refused') return null;
  return (
    <div class={`notice notice-${state.kind}`} role="status">
      <Icon name={state.kind === 'offline' ? 'offline' : 'alert'} />
      <div class="notice-text">
        {named && <strong>{new URL(account.server).host}</strong>}
        <p>{reasonOf(ui, state)}</p>
      </div>
      <Retry account={account} state={state} />
    </div>
  );
}
