import type { Language } from '../../model/model.ts';

/** The address of a page of the documentation on this relay, or of the list of all pages. */
export const docsPath = (language: Language, page = ''): string => `docs/${language === 'zh' ? 'zh/' : ''}${page}`;
