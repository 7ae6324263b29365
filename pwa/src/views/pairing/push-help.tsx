// Explains why notifications are not possible here, and what to do about it.

import { Icon } from '../shell/icon.tsx';
import { useUi } from '../ui.ts';

/** A reverse proxy that adds https. docs/https.md has the complete example. */
const NGINX = `server {
  listen 443 ssl;
  server_name push.example.org;
  ssl_certificate     /etc/ssl/push.pem;
  ssl_certificate_key /etc/ssl/push.key;

  location / {
    proxy_pass http://127.0.0.1:9093;
    proxy_http_version 1.1;
    proxy_set_header Host $host;
    proxy_set_header X-Forwarded-Proto $scheme;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection "upgrade";
  }
}`;

export function PushHelp() {
  const { model, t } = useUi();
  const push = model.push.value;
  if (push.kind === 'denied') return <p class="hint hint-warn">{t('push.denied')}</p>;
  if (push.kind !== 'impossible') return null;
  return (
    <div class="push-help">
      <p class="hint hint-warn">{t(push.why)}</p>
      {push.why.key === 'push.impossible.install_first' && (
        <ol class="steps">
          <li>
            <Icon name="share" size={18} />
            {t('ios.share')}
          </li>
          <li>
            <Icon name="plus" size={18} />
            {t('ios.add')}
          </li>
          <li>
            <Icon name="bell" size={18} />
            {t('ios.open')}
          </li>
        </ol>
      )}
      {push.why.key === 'push.impossible.insecure' && (
        <details class="details">
          <summary>
            <Icon name="chevron" size={16} />
            {t('push.nginx')}
          </summary>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a keyboard must reach everything that scrolls */}
          <pre class="code-block" tabIndex={0}>
            {NGINX}
          </pre>
        </details>
      )}
    </div>
  );
}
