// Webhooks, the servers of apps, and other routes that fail: how each answered, and what can be sent again.
import type { ActivityMessage, RouteHealth } from '../../../../shared/api.ts';
import { fullTime, relativeTime } from '../../locales/format.ts';
import { Panel } from '../settings/panel.tsx';
import { BusyButton } from '../shell/busy-button.tsx';
import { useUi } from '../ui.ts';
import { Shown } from './managed.tsx';
import { type OwnerProps, useLoaded, useRefresh, useTexts } from './owner-ui.ts';

const REFRESH = 5000;

interface RouteProps extends Pick<OwnerProps, 'owner'> {
  readonly way: RouteHealth;
  /** Messages whose delivery there has failed. */
  readonly failed: readonly ActivityMessage[];
  readonly onSent: () => Promise<void>;
}

function Way({ owner, way, failed, onSent }: RouteProps) {
  const { t: pageText, toast, translator, now } = useUi();
  const t = useTexts();
  const { name, transport, origin, failing, queued, answers } = way;
  const [last] = answers;
  const again = async (mid: string) => {
    await owner.sendAgain(mid, name);
    toast(t('activity.sent_again', { name }));
    await onSent();
  };
  const kind = transport === 'webpush' || transport === 'fcm' ? pageText(`route.${transport}`) : (origin ?? transport);
  return (
    <li class="sender">
      <div class="sender-head">
        <strong class="clip" dir="auto">
          {transport === 'app' ? t('webhooks.app', { name }) : name}
        </strong>
        <span class={`status ${failing ? 'status-bad' : last === undefined ? '' : 'status-good'}`}>
          {t(failing ? 'webhooks.failing' : last === undefined ? 'webhooks.unused' : 'webhooks.works')}
        </span>
      </div>
      <span class="muted">
        <bdi>{kind}</bdi>
        {queued > 0 && ` · ${t('webhooks.queued', { count: queued })}`}
      </span>
      {answers.length > 0 && (
        <details>
          <summary class="summary-link">{t('webhooks.answers', { count: answers.length })}</summary>
          <ol class="track">
            {answers.map(({ at, kind: outcome, reason }, index) => (
              <li key={index} class={`track-step ${outcome === 'taken' ? '' : 'track-bad'}`}>
                <time dateTime={new Date(at).toISOString()} title={fullTime(translator.value, at)}>
                  {relativeTime(translator.value, at, now.value)}
                </time>
                <span>
                  {t(outcome === 'taken' ? 'webhooks.taken' : `step.${outcome}`)}
                  {reason !== undefined && (
                    <span class="track-reason" dir="auto">
                      {reason}
                    </span>
                  )}
                </span>
              </li>
            ))}
          </ol>
        </details>
      )}
      {failed.map(({ mid, title }) => (
        <div key={mid} class="row-pair">
          <span class="clip" dir="auto">
            {title}
          </span>
          <BusyButton
            class="button button-small"
            label={t('webhooks.again_one', { title, name })}
            action={() => again(mid)}
          >
            {t('activity.again')}
          </BusyButton>
        </div>
      ))}
    </li>
  );
}

export function Webhooks({ account, owner }: OwnerProps) {
  const t = useTexts();
  const loaded = useLoaded(account.id, async () => {
    const [ways, failed] = await Promise.all([owner.routes(), owner.activity({ status: 'failed' })]);
    return { ways, failed: failed.messages };
  });
  useRefresh(() => void loaded.load(), REFRESH);
  return (
    <>
      <p class="prose">{t('webhooks.intro')}</p>
      <Shown loaded={loaded}>
        {({ ways, failed }) => {
          const failedAt = ({ name, transport }: RouteHealth) =>
            transport === 'app'
              ? []
              : failed.filter(({ recipients }) =>
                  recipients.some(({ device, status }) => device === name && status === 'failed'),
                );
          const rows = (some: readonly RouteHealth[]) => (
            <ul class="panel">
              {some.map((way) => (
                <Way
                  key={`${way.transport} ${way.name} ${way.origin}`}
                  owner={owner}
                  way={way}
                  failed={failedAt(way)}
                  onSent={loaded.load}
                />
              ))}
            </ul>
          );
          const isHook = ({ transport }: RouteHealth) => transport === 'webhook' || transport === 'app';
          const [hooks, others] = [ways.filter(isHook), ways.filter((way) => !isHook(way))];
          return (
            <>
              {hooks.length === 0 ? <p class="muted">{t('webhooks.none')}</p> : rows(hooks)}
              {others.length > 0 && <Panel title={t('webhooks.others')}>{rows(others)}</Panel>}
            </>
          );
        }}
      </Shown>
    </>
  );
}
