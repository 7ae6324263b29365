// What goes on at the relay at a glance: each figure leads to its place.
import type { LogLineInfo } from '../../../../shared/api.ts';
import { relativeTime } from '../../locales/format.ts';
import { formatRoute, type OwnerViewName, ownerRoute } from '../route.ts';
import { Panel } from '../settings/panel.tsx';
import { useUi } from '../ui.ts';
import { LogLine } from './log-line.tsx';
import { Shown } from './managed.tsx';
import { type OwnerProps, useLoaded, useRefresh, useTexts } from './owner-ui.ts';

/** How often everything is read again, in ms. */
const REFRESH = 10_000;
const DAY = 24 * 3_600_000;
const SHOWN_LINES = 5;

interface FigureProps {
  readonly view: OwnerViewName;
  readonly value: string | number;
  readonly text: string;
  readonly isBad?: boolean;
}

function Figure({ view, value, text, isBad = false }: FigureProps) {
  const { go, translator } = useUi();
  const shown = typeof value === 'number' ? new Intl.NumberFormat(translator.value.tag).format(value) : value;
  return (
    <li>
      <a
        class={`figure ${isBad ? 'figure-bad' : ''}`}
        href={formatRoute(ownerRoute(view))}
        onClick={(event) => {
          event.preventDefault();
          go(ownerRoute(view), { replace: true });
        }}
      >
        <strong>{shown}</strong>
        <span>{text}</span>
      </a>
    </li>
  );
}

/** The latest first. */
const latest = (lines: readonly LogLineInfo[]) => lines.toReversed().slice(0, SHOWN_LINES);

export function Overview({ account, owner }: OwnerProps) {
  const { now, translator } = useUi();
  const t = useTexts();
  const loaded = useLoaded(account.id, async () => {
    const since = Date.now() - DAY;
    const [devices, routes, open, nodes, lines, failed] = await Promise.all([
      owner.devices(),
      owner.routes(),
      owner.open(),
      owner.nodes(),
      owner.log(since),
      owner.activity({ status: 'failed' }),
    ]);
    return {
      devices,
      failing: routes.filter(({ failing }) => failing),
      open,
      nodes: nodes.nodes,
      lines,
      failed: failed.messages.filter(({ createdAt }) => createdAt >= since),
    };
  });
  useRefresh(() => void loaded.load(), REFRESH);
  return (
    <Shown loaded={loaded}>
      {({ devices, failing, open, nodes, lines, failed }) => {
        const online = devices.filter((device) => device.online).length;
        const queued = devices.reduce((sum, device) => sum + device.queued, 0);
        const errors = lines.filter(({ level }) => level === 'error').length;
        const first = nodes.find(({ self }) => self) ?? nodes[0];
        return (
          <>
            <ul class="figures">
              <Figure view="devices" value={`${online}/${devices.length}`} text={t('overview.online')} />
              <Figure view="activity" value={queued} text={t('overview.queued')} />
              <Figure view="activity" value={failed.length} text={t('overview.failed')} isBad={failed.length > 0} />
              <Figure view="webhooks" value={failing.length} text={t('overview.failing')} isBad={failing.length > 0} />
              <Figure
                view="activity"
                value={open.alerts.length}
                text={t('overview.alerts')}
                isBad={open.alerts.length > 0}
              />
              <Figure view="activity" value={open.questions.length} text={t('overview.questions')} />
              <Figure view="log" value={errors} text={t('overview.errors')} isBad={errors > 0} />
              <Figure view="nodes" value={nodes.length} text={t('overview.nodes', { count: nodes.length })} />
            </ul>
            {open.alerts.length > 0 && (
              <Panel title={t('overview.open')}>
                <ul class="plain-rows">
                  {open.alerts.slice(0, SHOWN_LINES).map((alert) => (
                    <li key={alert.id}>
                      <strong class="clip" dir="auto">
                        {alert.title.trim() === '' ? alert.key : alert.title}
                      </strong>
                      <span class="muted">
                        {t('overview.alert', {
                          target: alert.target,
                          time: relativeTime(translator.value, alert.since, now.value),
                        })}
                      </span>
                    </li>
                  ))}
                </ul>
              </Panel>
            )}
            <Panel title={t('overview.lines')}>
              {lines.length === 0 ? (
                <p class="muted">{t('log.none')}</p>
              ) : (
                <ul class="log">
                  {latest(lines).map((line) => (
                    <LogLine key={`${line.node} ${line.number}`} line={line} />
                  ))}
                </ul>
              )}
            </Panel>
            {first !== undefined && (
              <p class="muted">
                {t('overview.version', {
                  version: first.version,
                  time: relativeTime(translator.value, first.started, now.value),
                })}
              </p>
            )}
          </>
        );
      }}
    </Shown>
  );
}
