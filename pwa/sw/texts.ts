// The few texts of the service worker itself.

const EN = {
  unreadable: 'A message that could not be read. Open the page to see it.',
  checkTitle: 'Delivery check',
  checkBody: 'This notification has come all the way.',
  actionFailed: 'The action failed.',
};

const ZH: typeof EN = {
  unreadable: '有一条消息无法解读，请打开页面查看。',
  checkTitle: '送达检查',
  checkBody: '这条通知已走完全程。',
  actionFailed: '操作失败。',
};

/** The texts in a language such as `zh-CN`. */
export function textsFor(language: string): typeof EN {
  return language.toLowerCase().startsWith('zh') ? ZH : EN;
}
