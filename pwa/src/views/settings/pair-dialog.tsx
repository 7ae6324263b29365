// A pairing link for another device, as a QR code and as text, with the time that is left.
import { useCallback, useEffect, useMemo, useState } from 'preact/hooks';
import { encode } from 'uqr';
import { countdown } from '../../locales/format.ts';
import type { Account, PairingLink } from '../../model/model.ts';
import { copyText, shareText } from '../inbox/message-commands.ts';
import { Dialog } from '../shell/dialog.tsx';
import { Icon } from '../shell/icon.tsx';
import { useUi } from '../ui.ts';

/** One path draws all dark squares. It consists of nodes, because the page's policy forbids HTML from strings. */
export function QrCode({ text, label }: { readonly text: string; readonly label: string }) {
  const { size, path } = useMemo(() => {
    const code = encode(text, { border: 2 });
    const squares = code.data.flatMap((line, y) => line.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : '')));
    return { size: code.size, path: squares.join('') };
  }, [text]);
  return (
    <svg class="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shape-rendering="crispEdges">
      <path d={path} />
    </svg>
  );
}

export function PairDialog({ account, onClose }: { readonly account: Account; readonly onClose: () => void }) {
  const ui = useUi();
  const { model, t, explain } = ui;
  const [link, setLink] = useState<PairingLink | undefined>(undefined);
  const [failure, setFailure] = useState<string | undefined>(undefined);
  const [left, setLeft] = useState(0);
  const create = useCallback(async () => {
    setLink(undefined);
    setFailure(undefined);
    try {
      const made = await model.createPairingLink(account.id);
      setLeft(made.expiresAt - Date.now());
      setLink(made);
    } catch (error) {
      setFailure(explain(error));
    }
  }, [model, account.id, explain]);
  useEffect(() => {
    void create();
  }, [create]);
  useEffect(() => {
    if (link === undefined) return;
    const ticking = setInterval(() => setLeft(link.expiresAt - Date.now()), 1000);
    return () => clearInterval(ticking);
  }, [link]);
  const isOver = link !== undefined && left <= 0;
  return (
    <Dialog title={t('devices.pair')} onClose={onClose}>
      <p class="prose">{t('pair_dialog.hint')}</p>
      {failure !== undefined && (
        <p class="hint hint-bad" role="alert">
          {failure}
        </p>
      )}
      {link === undefined && failure === undefined && (
        <p class="loading" role="status" aria-label={t('common.loading')} />
      )}
      {link !== undefined && !isOver && (
        <>
          <QrCode text={link.url} label={t('pair_dialog.qr')} />
          <p class="countdown" role="timer">
            {t('pair_dialog.left', { time: countdown(left) })}
          </p>
          {link.isLocal && <p class="hint hint-warn">{t('pair_dialog.local')}</p>}
          <p class="code-block link-text">{link.url}</p>
          <div class="dialog-buttons">
            <button type="button" class="button" onClick={() => void copyText(ui, link.url)}>
              <Icon name="copy" size={18} />
              {t('menu.copy')}
            </button>
            <button
              type="button"
              class="button"
              onClick={() => void shareText(ui, { title: 'Herald', text: t('devices.pair'), url: link.url })}
            >
              <Icon name="share" size={18} />
              {t('menu.share')}
            </button>
          </div>
        </>
      )}
      {(isOver || failure !== undefined) && (
        <div class="state">
          {isOver && <p>{t('pair_dialog.over')}</p>}
          <button type="button" class="button button-primary" onClick={() => void create()}>
            {t('pair_dialog.again')}
          </button>
        </div>
      )}
    </Dialog>
  );
}
