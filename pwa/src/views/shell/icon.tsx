// Line icons on a 24-pixel grid, drawn for this page. They are decorative: the text is beside them or in a label.

const PATHS = {
  inbox: 'M4 13h4.5l1.5 3h4l1.5-3H20M5.5 5h13l2.5 8v5a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2v-5z',
  send: 'M21 3 10 14M21 3l-7 18-4-7-7-4z',
  settings: 'M4 7h9M19 7h1M4 17h1M11 17h9M13 7a3 3 0 1 0 6 0 3 3 0 1 0-6 0M5 17a3 3 0 1 0 6 0 3 3 0 1 0-6 0',
  search: 'M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 1 0 0-13M15.5 15.5 21 21',
  close: 'M6 6l12 12M18 6 6 18',
  back: 'M11 5l-7 7 7 7M4 12h16',
  more: 'M12 6h.01M12 12h.01M12 18h.01',
  pin: 'M9 4h6l-1 6 4 4H6l4-4zM12 14v7',
  trash: 'M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  share: 'M12 15V3M8 7l4-4 4 4M5 12v8h14v-8',
  check: 'M5 12.5l4.5 4.5L19 7',
  checks: 'M2.5 12.5 7 17l9.5-10M12 16l1 1 9-10',
  bell: 'M6 16V11a6 6 0 0 1 12 0v5l2 2H4zM10 21h4',
  bellOff: 'M6 16V11c0-.9.2-1.7.5-2.5M9 5.8A6 6 0 0 1 18 11v4M16 18H4l2-2M10 21h4M3 3l18 18',
  chevron: 'M9 6l6 6-6 6',
  down: 'M6 9l6 6 6-6',
  up: 'M12 19V5M6 11l6-6 6 6',
  link: 'M14 4h6v6M20 4l-9 9M18 14v6H4V6h6',
  alert: 'M12 8v5M12 16.5h.01M10.3 4 2.5 18a2 2 0 0 0 1.7 3h15.6a2 2 0 0 0 1.7-3L13.7 4a2 2 0 0 0-3.4 0z',
  device: 'M7 3h10a1 1 0 0 1 1 1v16a1 1 0 0 1-1 1H7a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1zM11 18h2',
  group:
    'M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 1 0 0 7M2.5 20c0-4 3-6 6.5-6s6.5 2 6.5 6M16 4.3a3.5 3.5 0 0 1 0 6.4M18 14.5c2.2.7 3.5 2.5 3.5 5.5',
  plus: 'M12 5v14M5 12h14',
  clip: 'M20 11.5l-8.3 8.3a5 5 0 0 1-7.1-7.1l8.7-8.7a3.3 3.3 0 0 1 4.7 4.7l-8.6 8.6a1.7 1.7 0 0 1-2.4-2.4l7.6-7.6',
  file: 'M6 3h8l5 5v13H6zM14 3v5h5',
  image: 'M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15 9h.01',
  clock: 'M12 3a9 9 0 1 0 0 18 9 9 0 1 0 0-18M12 7v5l3.5 2',
  offline:
    'M3 3l18 18M8.5 15.5a5 5 0 0 1 6 0M5 12a10 10 0 0 1 4-2.4M14 9.3a10 10 0 0 1 5 2.7M2 8.5a15 15 0 0 1 4.5-2.8M11 4.6a15 15 0 0 1 11 3.9M12 19h.01',
  filter: 'M4 6h16M7 12h10M10 18h4',
  refresh: 'M20 11a8 8 0 0 0-14.5-4L3 9.5M3 4v5.5h5.5M4 13a8 8 0 0 0 14.5 4l2.5-2.5M21 20v-5.5h-5.5',
  download: 'M12 4v11M7 11l5 5 5-5M4 20h16',
  upload: 'M12 16V5M7 9l5-5 5 5M4 20h16',
  exit: 'M14 4h5a1 1 0 0 1 1 1v14a1 1 0 0 1-1 1h-5M10 8l-4 4 4 4M6 12h9',
  bolt: 'M13 3 5 14h6l-1 7 8-11h-6z',
  code: 'M8 7l-5 5 5 5M16 7l5 5-5 5',
  qr: 'M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h2v2h-2zM18 18h2v2h-2zM18 14h2M14 20h2',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 20 }: { readonly name: IconName; readonly size?: number }) {
  return (
    <svg class="icon" width={size} height={size} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}

/** The logo: an H whose bar is a sound wave, with a dot for what is new. */
export function Mark({ size = 32 }: { readonly size?: number }) {
  return (
    <svg class="mark" width={size} height={size} viewBox="0 0 48 48" aria-hidden="true" focusable="false">
      <rect class="mark-plate" width="48" height="48" rx="12" />
      <path class="mark-letter" d="M14.5 13v22M33.5 20v15M14.5 27.5c5-6 14-6 19 0" />
      <circle class="mark-dot" cx="33.5" cy="12.5" r="3.5" />
    </svg>
  );
}
