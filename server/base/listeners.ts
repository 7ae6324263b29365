// Ground floor: news that many may care for and none must answer.

/** Listeners of one kind of news. */
export interface Listeners<News extends unknown[]> {
  add(listener: (...news: News) => void): void;
  /** Calls every listener, in the order in which they were added. */
  tell(...news: News): void;
}

/** Makes an empty list. */
export function createListeners<News extends unknown[]>(): Listeners<News> {
  const listeners: ((...news: News) => void)[] = [];
  return {
    add: (listener) => void listeners.push(listener),
    tell: (...news) => {
      for (const listener of listeners) listener(...news);
    },
  };
}
