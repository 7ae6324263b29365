// Starts the page: loads the model and the texts, then renders the app. If that fails, shows the reason instead.
import { render } from 'preact';
import { loadTranslator, pickLanguage } from './locales/translator.ts';
import { createModel } from './model/index.ts';
import { ActionError } from './model/model.ts';
import { App } from './views/app.tsx';
import { createUi } from './views/ui.ts';

async function start(root: HTMLElement): Promise<void> {
  try {
    const ui = await createUi(await createModel());
    render(<App ui={ui} />, root);
  } catch (error) {
    const { languages } = navigator;
    const translator = await loadTranslator(pickLanguage(undefined, languages), languages);
    const text = error instanceof ActionError ? translator.t(error.text) : translator.t('error.unexpected');
    render(
      <main class="state">
        <h1>Herald</h1>
        <p role="alert">{text}</p>
      </main>,
      root,
    );
    if (!(error instanceof ActionError)) throw error;
  }
}

const root = document.getElementById('app');
if (root !== null) await start(root);
