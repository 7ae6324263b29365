// Makes the PNG icons of the page from its SVGs: `npx tsx test/pwa/icons.ts`. Run by hand after a change of a drawing; the PNGs are committed.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import puppeteer from 'puppeteer-core';
import { findProgram } from '../support/browsers/program.ts';

const folder = new URL('../../pwa/public/', import.meta.url);

const ICONS = [
  { from: 'icon.svg', to: 'icon-192.png', size: 192 },
  { from: 'icon.svg', to: 'icon-512.png', size: 512 },
  { from: 'maskable.svg', to: 'maskable-192.png', size: 192 },
  { from: 'maskable.svg', to: 'maskable-512.png', size: 512 },
  // iOS rounds the corners itself and shows black where there is nothing.
  { from: 'maskable.svg', to: 'apple-touch-icon.png', size: 180 },
  { from: 'badge.svg', to: 'badge-96.png', size: 96 },
] as const;

const browser = await puppeteer.launch({
  executablePath: findProgram('chromium', 'chromium-browser', 'google-chrome'),
  args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
});
try {
  const page = await browser.newPage();
  for (const { from, to, size } of ICONS) {
    const svg = await readFile(new URL(from, folder), 'utf8');
    await page.setViewport({ width: size, height: size });
    await page.setContent(`<style>body{margin:0}svg{display:block;width:100vw;height:100vh}</style>${svg}`);
    await writeFile(fileURLToPath(new URL(to, folder)), await page.screenshot({ omitBackground: true }));
  }
} finally {
  await browser.close();
}
