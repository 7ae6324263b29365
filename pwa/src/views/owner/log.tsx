// The last warnings and errors of all nodes, as they come.
import { useRef, useState } from 'preact/hooks';
import type { LogLineInfo } from '../../../../shared/api.ts';
import { Choice } from '../shell/choice.tsx';
import { LogLine } from './log-line.tsx';
import { Shown } from './managed.tsx';
import { type OwnerProps, useLoaded, useRefresh, useTexts } from './owner-ui.ts';

/** How often new lines are read, in ms. */
const REFRESH = 3000;
/** The relay keeps about as many. */
const MAX_LINES = 1000;
/** Lines of other nodes come later than their time says, in ms. */
const OVERLAP = 60_000;

const idOf = ({ node, number }: LogLineInfo) => `${node} ${number}`;

export function Log({ account, owner }: OwnerProps) {
  const t = useTexts();
  const [level, setLevel] = useState<'all' | 'error'>('all');
  const known = useRef<ReadonlyMap<string, LogLineInfo>>(new Map());
  const loaded = useLoaded(account.id, async () => {
    const last = Math.max(0, ...[...known.current.values()].map(({ at }) => at));
    const [lines, { nodes }] = await Promise.all([owner.log(Math.max(0, last - OVERLAP)), owner.nodes()]);
    const all = [...known.current.values(), ...lines].sort((a, b) => a.at - b.at).slice(-MAX_LINES);
    known.current = new Map(all.map((line) => [idOf(line), line]));
    return { lines: [...known.current.values()].reverse(), names: new Map(nodes.map(({ id, name }) => [id, name])) };
  });
  useRefresh(() => void loaded.load(), REFRESH);
  return (
    <>
      <p class="prose">{t('log.intro')}</p>
      <Choice
        label={t('log.level')}
        value={level}
        options={[
          { value: 'all', label: t('log.all') },
          { value: 'error', label: t('log.errors') },
        ]}
        onChange={setLevel}
      />
      <Shown loaded={loaded}>
        {({ lines, names }) => {
          const shown = lines.filter((line) => level === 'all' || line.level === level);
          return shown.length === 0 ? (
            <p class="muted">{t('log.none')}</p>
          ) : (
            <ul class="panel log">
              {shown.map((line) => (
                <LogLine key={idOf(line)} line={line} node={names.size > 1 ? names.get(line.node) : undefined} />
              ))}
            </ul>
          );
        }}
      </Shown>
    </>
  );
}
