// The page with the fake model, in the state that the query `case` names: what screenshots and axe look at. Never shipped.
import { h, render } from 'preact';
import { App } from '../../../pwa/src/views/app.tsx';
import { createUi } from '../../../pwa/src/views/ui.ts';
import { CASES } from './cases.ts';

const query = new URLSearchParams(location.search);
const name = query.get('case') ?? 'inbox';
const make = CASES[name];
const root = document.getElementById('app');
if (make === undefined || root === null) throw new Error(`no case ${name}: ${Object.keys(CASES).join(', ')}`);
const model = make(Date.now(), query.get('lang') === 'zh' ? 'zh' : 'en');
// The query is the gallery's, not a share target's.
const ui = await createUi(model);
render(h(App, { ui }), root);
