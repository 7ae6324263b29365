// The nodes of the relay, and the Redis that they share.
import type { NodeInfo } from '../../../../shared/api.ts';
import { relativeTime } from '../../locales/format.ts';
import { Panel } from '../settings/panel.tsx';
import { useUi } from '../ui.ts';
import { Shown } from './managed.tsx';
import { type OwnerProps, useLoaded, useRefresh, useTexts } from './owner-ui.ts';
import { RowHead } from './row-head.tsx';

const REFRESH = 5000;
/** From this delay of its event loop on, a node is slow, in ms. */
const SLOW = 200;

function Node({ node, isOdd }: { readonly node: NodeInfo; readonly isOdd: boolean }) {
  const { translator, now } = useUi();
  const t = useTexts();
  const { name, self, version, started, address, sockets, shards, queued, lag, draining } = node;
  return (
    <li class="sender">
      <RowHead name={name}>
        <span class={`status ${draining || isOdd || lag >= SLOW ? 'status-warn' : 'status-good'}`}>
          {draining
            ? t('nodes.draining')
            : isOdd
              ? t('nodes.odd')
              : lag >= SLOW
                ? t('nodes.slow', { lag })
                : t('nodes.up')}
        </span>
      </RowHead>
      <span class="muted">
        {address} · {t('nodes.version', { version })} ·{' '}
        {t('nodes.started', { time: relativeTime(translator.value, started, now.value) })}
        {self && ` · ${t('nodes.self')}`}
      </span>
      <span class="muted">
        {t('nodes.sockets', { count: sockets })} · {t('nodes.queued', { count: queued })} ·{' '}
        {t('nodes.shards', { count: shards })}
      </span>
    </li>
  );
}

export function Nodes({ account, owner }: OwnerProps) {
  const t = useTexts();
  const loaded = useLoaded(account.id, owner.nodes);
  useRefresh(() => void loaded.load(), REFRESH);
  return (
    <>
      <p class="prose">{t('nodes.intro')}</p>
      <Shown loaded={loaded}>
        {({ nodes, redis }) => {
          const [first] = nodes;
          return (
            <>
              <ul class="panel">
                {nodes.map((node) => (
                  <Node key={node.id} node={node} isOdd={node.config !== first?.config} />
                ))}
              </ul>
              {redis !== undefined && (
                <Panel title="Redis">
                  <p>{t('nodes.redis', { version: redis.version, mode: redis.mode, durability: redis.durability })}</p>
                  <p class="muted" lang="en">
                    {redis.promise}
                  </p>
                </Panel>
              )}
            </>
          );
        }}
      </Shown>
    </>
  );
}
