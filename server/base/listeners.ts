// Passes news to any number of listeners. Their return values are ignored.

/** Listeners of one kind of news. */
export interface Listeners<News extends unknown[]> {
  add(listener: (...news: News) => void): void;
  /** Calls every listener in the order in which they were added. What a listener throws never reaches the caller. */
  tell(...news: News): void;
}

/** Makes an empty list. @param failed receives what a listener throws; the other listeners are still called */
export function createListeners<News extends unknown[]>(failed: (error: unknown) => void): Listeners<News> {
  const listeners: ((...news: News) => void)[] = [];
  return {
    add: (listener) => void listeners.push(listener),
    tell: (...news) => {
      for (const listener of listeners) {
        try {
          listener(...news);
        } catch (error) {
          failed(error);
        }
      }
    },
  };
}
