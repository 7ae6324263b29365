// A picture from a sender's server. If it cannot be loaded, other content replaces it, so that no broken icon appears.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';

interface SenderImageProps {
  readonly src: string;
  readonly alt: string;
  readonly class: string;
  /** Shown when the picture cannot be loaded. */
  readonly children: ComponentChildren;
}

export function SenderImage({ src, alt, class: look, children }: SenderImageProps) {
  const [failed, setFailed] = useState(false);
  if (failed) return <>{children}</>;
  return <img class={look} src={src} alt={alt} onError={() => setFailed(true)} />;
}
