// The texts that the service worker shows itself.

const EN = {
  encrypted: 'Encrypted message, no key on this device',
  unreadable: 'A message arrived, but it could not be read here. Open the page to see it.',
  checkTitle: 'Delivery check',
  checkBody: 'Notifications reach this device.',
  actionFailed: 'The action failed. Open the message and try again.',
};

const ZH: typeof EN = {
  encrypted: '加密消息，此设备上没有密钥',
  unreadable: '收到一条消息，但无法在此读取。请打开页面查看。',
  checkTitle: '送达检查',
  checkBody: '通知可以送达此设备。',
  actionFailed: '操作失败。请打开消息后重试。',
};

/** The texts in a language such as `zh-CN`. */
export function textsFor(language: string): typeof EN {
  return language.toLowerCase().startsWith('zh') ? ZH : EN;
}
