// The body of a message, as Markdown. It is plain text until the chunk is loaded, or if the sender asked for plain text.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { InboxMessage } from '../../model/model.ts';
import { copyText } from '../inbox/message-commands.ts';
import { Icon } from '../shell/icon.tsx';
import { SenderImage } from '../shell/sender-image.tsx';
import { useUi } from '../ui.ts';
import type { RenderMarkdown } from './render-markdown.ts';

function useMarkdown(wanted: boolean): RenderMarkdown | undefined {
  const { markdown } = useUi();
  const [render, setRender] = useState<{ readonly call: RenderMarkdown } | undefined>(undefined);
  useEffect(() => {
    if (!wanted || render !== undefined) return;
    // If the chunk cannot be loaded, the raw text is shown.
    markdown().then(
      (call) => setRender({ call }),
      () => undefined,
    );
  }, [wanted, render, markdown]);
  return render?.call;
}

/** Hosts of the icon and the image of a message. */
function hostsOf(message: InboxMessage): readonly string[] {
  return [message.image, message.icon].filter((url) => url !== undefined).map((url) => new URL(url).host);
}

interface MessageBodyProps {
  readonly message: InboxMessage;
  /** Whether the person allowed the pictures of this message. Loading one tells its server who reads it, and when. */
  readonly loadImages: boolean;
  readonly onLoadImages: () => void;
}

export function MessageBody({ message, loadImages, onLoadImages }: MessageBodyProps) {
  const ui = useUi();
  const { t } = ui;
  const target = useRef<HTMLDivElement>(null);
  const [inBody, setInBody] = useState<readonly string[]>([]);
  const [isPlain, setPlain] = useState(!message.markdown);
  const render = useMarkdown(message.markdown && message.body !== '');
  const { body } = message;

  useLayoutEffect(() => {
    if (render === undefined || target.current === null) return;
    const rendered = render(body, {
      base: location.href,
      loadImages,
      labels: { copy: t('menu.copy'), imageFailed: t('message.image_failed') },
      onCopy: (code) => void copyText(ui, code),
    });
    setPlain(rendered === undefined);
    if (rendered === undefined) return;
    target.current.replaceChildren(rendered.nodes);
    setInBody(rendered.hosts);
  }, [render, body, loadImages]);

  const hosts = loadImages ? [] : [...new Set([...inBody, ...hostsOf(message)])];
  return (
    <>
      {hosts.length > 0 && (
        <button type="button" class="button button-small image-consent" onClick={onLoadImages}>
          <Icon name="image" size={16} />
          {t('message.load_images', { hosts: hosts.join(', ') })}
        </button>
      )}
      {loadImages && message.image !== undefined && (
        <SenderImage key={message.image} class="message-image" src={message.image} alt={t('message.image')}>
          <p class="image-waits">
            {t('message.image')} ({t('message.image_failed')})
          </p>
        </SenderImage>
      )}
      {isPlain || (message.markdown && render === undefined) ? (
        <div class="plain" dir="auto">
          {body}
        </div>
      ) : null}
      {message.markdown && <div ref={target} class="markdown" dir="auto" />}
    </>
  );
}
