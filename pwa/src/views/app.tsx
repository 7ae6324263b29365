// The page: the views, the theme, and the language of the document.
import { useSignalEffect } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { isWaiting } from './answers/open.ts';
import { Inbox } from './inbox/inbox.tsx';
import { MessageView } from './message/message-view.tsx';
import { isOwnerView } from './route.ts';
import { QuestionDialog } from './shell/dialog.tsx';
import { lazy } from './shell/lazy.tsx';
import { Navigation } from './shell/navigation.tsx';
import { Toasts } from './shell/toasts.tsx';
import { type Ui, UiContext } from './ui.ts';

const Emergencies = lazy(() => import('./answers/emergencies.tsx').then((chunk) => chunk.Emergencies));
const SendView = lazy(() => import('./send/send-view.tsx').then((chunk) => chunk.SendView));
const SettingsView = lazy(() => import('./settings/settings-view.tsx').then((chunk) => chunk.SettingsView));
const OwnerView = lazy(() => import('./owner/owner-view.tsx').then((chunk) => chunk.OwnerView));
const PairView = lazy(() => import('./pairing/pair-view.tsx').then((chunk) => chunk.PairView));

/** Colours of the browser's toolbars, as in the style sheet. */
const BARS = { light: '#fbfbfd', dark: '#101014' } as const;

function showTheme(theme: 'system' | 'light' | 'dark'): void {
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
  for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')) {
    const own = meta.media.includes('dark') ? 'dark' : 'light';
    meta.content = BARS[theme === 'system' ? own : theme];
  }
}

function hasEmergency({ model, now }: Ui): boolean {
  return model.questions.value.some((question) => question.kind === 'acknowledge' && isWaiting(question, now.value));
}

function Views({ ui }: { readonly ui: Ui }) {
  const { model, route, t } = ui;
  const { view } = route.value;
  const hasAccount = model.accounts.value.length > 0;
  const isPairing = model.ready.value && (view === 'pair' || !hasAccount);

  if (isPairing) {
    return (
      <main class="main main-alone">
        <PairView />
      </main>
    );
  }
  const isList = view === 'inbox' || view === 'message';
  return (
    <>
      <button type="button" class="skip" onClick={() => document.querySelector<HTMLElement>('main h1')?.focus()}>
        {t('nav.skip')}
      </button>
      <Navigation />
      <main class="main" data-view={view}>
        {hasEmergency(ui) && <Emergencies />}
        <div class="stage">
          <div class="panes" data-covered={!isList || undefined}>
            <Inbox />
            <MessageView />
          </div>
          {view === 'send' && (
            <div class="over">
              <SendView />
            </div>
          )}
          {view === 'settings' && (
            <div class="over">
              <SettingsView />
            </div>
          )}
          {isOwnerView(route.value) && (
            <div class="over">
              <OwnerView route={route.value} />
            </div>
          )}
        </div>
      </main>
    </>
  );
}

export function App({ ui }: { readonly ui: Ui }) {
  const { model, translator, t, route } = ui;
  useSignalEffect(() => showTheme(model.settings.value.theme));
  useSignalEffect(() => {
    // Read the setting first, because that subscribes to it.
    if (model.settings.value.language !== translator.peek().language) void ui.attempt(() => ui.speak());
  });
  useSignalEffect(() => {
    document.documentElement.lang = translator.value.tag;
  });
  useSignalEffect(() => {
    const unread = ui.unread.value;
    document.title = unread > 0 ? `(${unread}) Herald` : 'Herald';
  });
  useEffect(() => {
    document.documentElement.dataset['view'] = route.value.view;
  }, [route.value]);
  return (
    <UiContext.Provider value={ui}>
      <span class="visually-hidden" hidden={model.ready.value}>
        {t('common.loading')}
      </span>
      <Views ui={ui} />
      <Toasts />
      <QuestionDialog />
    </UiContext.Provider>
  );
}
