// The texts that the service worker shows itself.

const EN = {
  encrypted: 'Encrypted message, no key on this device',
  unreadable: 'A message arrived, but it could not be read here. Open the page to see it.',
  checkTitle: 'Delivery check',
  checkBody: 'Notifications reach this device.',
  digest: '{count} while you slept',
  digestOpen: '{count} while you slept, {open} still open',
  actionFailed: 'The action failed. Open the message and try again.',
  acknowledge: 'Acknowledge',
  reply: 'Reply',
  more: 'More…',
  round: 'Round {round}',
  notSent: 'Your answer was not sent, because the relay cannot be reached. Try again.',
  refused: 'Your answer was not taken. Open the message to see why.',
  late: 'Somebody was first. {outcome}',
  readElsewhere: 'Read on another device.',
  deleted: 'A message was deleted.',
  answered: 'Answered: {answer}, by {by}',
  acknowledged: 'Acknowledged by {by}',
  expired: 'Nobody answered in time.',
  cancelled: 'The sender has withdrawn the question.',
  unacknowledged: 'Nobody acknowledged it in time.',
  ended: 'It is over.',
};

const ZH: typeof EN = {
  encrypted: '加密消息，此设备上没有密钥',
  unreadable: '收到一条消息，但无法在此读取。请打开页面查看。',
  checkTitle: '送达检查',
  checkBody: '通知可以送达此设备。',
  digest: '免打扰期间收到 {count} 条',
  digestOpen: '免打扰期间收到 {count} 条，{open} 条仍待处理',
  actionFailed: '操作失败。请打开消息后重试。',
  acknowledge: '确认',
  reply: '回复',
  more: '更多…',
  round: '第 {round} 次',
  notSent: '无法连接服务器，你的回答未发送。请重试。',
  refused: '你的回答未被接受。请打开消息查看原因。',
  late: '已有人抢先。{outcome}',
  readElsewhere: '已在其他设备上阅读。',
  deleted: '一条消息已删除。',
  answered: '已回答：{answer}（{by}）',
  acknowledged: '{by} 已确认',
  expired: '无人及时回答。',
  cancelled: '发送者已撤回提问。',
  unacknowledged: '无人及时确认。',
  ended: '已结束。',
};

/** The texts of one language. */
export type WorkerTexts = typeof EN;

/** The texts in a language such as `zh-CN`. */
export function textsFor(language: string): WorkerTexts {
  return language.toLowerCase().startsWith('zh') ? ZH : EN;
}

/** Puts values into the braces of a text. */
export function fill(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (braces, name: string) => String(values[name] ?? braces));
}
