// The default theme without its fonts: the relay serves the site offline, and systems have good fonts.
export { default } from 'vitepress/theme-without-fonts';
