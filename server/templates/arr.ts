// Radarr, Sonarr, Lidarr, Readarr, Prowlarr and Whisparr.
import { isObject, type JsonObject } from '../../shared/object.ts';
import { severityOf } from './severity.ts';
import type { Template, Told } from './template.ts';
import {
  escapeMarkdown,
  firstLine,
  firstOf,
  joined,
  listAt,
  objectAt,
  pathPart,
  sizeText,
  textAt,
  textsAt,
} from './values.ts';

const APPS = [
  ['movie', 'Radarr'],
  ['series', 'Sonarr'],
  ['artist', 'Lidarr'],
  ['author', 'Readarr'],
] as const;

const two = (text: string) => text.padStart(2, '0');

/** Such as `S02E04 – Low Tide`. */
function episodesOf(body: JsonObject): string {
  const episodes = listAt(body, 'episodes').filter(isObject);
  const marks = episodes.slice(0, 20).map((one) => {
    const [season, episode] = [textAt(one, 'seasonNumber'), textAt(one, 'episodeNumber')];
    return episode === '' ? '' : `S${two(season)}E${two(episode)}`;
  });
  return joined(' – ', joined(', ', ...marks), episodes.length === 1 ? textAt(episodes[0], 'title') : '');
}

/** What a message is about. */
function whatOf(body: JsonObject): string {
  const [movie, year] = [textAt(body, 'movie', 'title'), textAt(body, 'movie', 'year')];
  if (movie !== '') return joined(' ', movie, year === '' || year === '0' ? '' : `(${year})`);
  const albums = [textAt(body, 'album', 'title'), ...listAt(body, 'albums').map((album) => textAt(album, 'title'))];
  const books = [textAt(body, 'book', 'title'), ...listAt(body, 'books').map((book) => textAt(book, 'title'))];
  return firstOf(
    joined(' ', textAt(body, 'series', 'title'), episodesOf(body)),
    joined(' – ', textAt(body, 'artist', 'name') || textAt(body, 'artist', 'artistName'), firstOf(...albums)),
    joined(' – ', textAt(body, 'author', 'name') || textAt(body, 'author', 'authorName'), firstOf(...books)),
    textAt(body, 'release', 'releaseTitle'),
  );
}

/** The item, whatever it is. */
function itemOf(body: JsonObject): JsonObject {
  const found = ['movie', 'series', 'artist', 'author'].map((name) => objectAt(body, name));
  return found.find((item) => Object.keys(item).length > 0) ?? {};
}

function detailsOf(body: JsonObject): string {
  const files = [...['movieFile', 'episodeFile', 'trackFile', 'bookFile'].map((name) => objectAt(body, name))];
  const file = files.find((one) => Object.keys(one).length > 0) ?? listAt(body, 'episodeFiles')[0];
  const release = objectAt(body, 'release');
  return joined(
    ' · ',
    firstOf(textAt(release, 'quality'), textAt(file, 'quality')),
    sizeText(firstOf(textAt(release, 'size'), textAt(file, 'size'))),
    textAt(release, 'indexer'),
    textAt(body, 'downloadClient'),
  );
}

function linkOf(body: JsonObject): string {
  const base = textAt(body, 'applicationUrl').replace(/\/+$/, '');
  const [movie, series] = [textAt(body, 'movie', 'tmdbId'), textAt(body, 'series', 'titleSlug')];
  if (base === '') return '';
  if (movie !== '') return `${base}/movie/${pathPart(movie)}`;
  return series === '' ? base : `${base}/series/${pathPart(series)}`;
}

function posterOf(item: JsonObject): string {
  const poster = listAt(item, 'images').find((image) => textAt(image, 'coverType').toLowerCase() === 'poster');
  return textAt(poster, 'remoteUrl');
}

/** The title, the urgency and the state of an event. */
function eventOf(
  event: string,
  body: JsonObject,
  app: string,
  what: string,
): Pick<Told, 'title' | 'priority' | 'state' | 'identity'> {
  const message = firstLine(textAt(body, 'message'));
  const identity = joined('/', app, textAt(body, 'type'));
  const isUpgrade = body['isUpgrade'] === true || textAt(body, 'isUpgrade').toLowerCase() === 'true';
  switch (event) {
    case 'Test':
      return { title: `${app}: test` };
    case 'Grab':
      return { title: `Grabbed: ${what}`, priority: 2 };
    case 'Download':
      return { title: `${isUpgrade ? 'Upgraded' : 'Downloaded'}: ${what}`, priority: 3 };
    case 'Rename':
    case 'Retag':
      return { title: `Renamed: ${what}`, priority: 2 };
    case 'Health':
      return {
        title: joined(': ', app, message),
        priority: severityOf(textAt(body, 'level')),
        state: 'firing',
        identity,
      };
    case 'HealthRestored':
      return { title: joined(': ', 'Resolved', app, message), state: 'resolved', identity };
    case 'ApplicationUpdate':
      return { title: joined(' to ', `${app} updated`, textAt(body, 'newVersion')), priority: 2 };
    case 'ManualInteractionRequired':
      return { title: joined(': ', `${app} needs you`, what), priority: 4 };
    default:
      if (/Add(?:ed)?$/.test(event)) return { title: `Added: ${what}`, priority: 2 };
      if (/Deleted?$/.test(event)) return { title: `Deleted: ${what}`, priority: 2 };
      return { title: joined(': ', app, joined(' ', event, what)) };
  }
}

/** Radarr and its family. */
export const arr: Template = ({ body }) => {
  const event = isObject(body) ? textAt(body, 'eventType') : '';
  if (!isObject(body) || event === '') return undefined;
  const kind = APPS.find(([name]) => isObject(body[name]));
  const app = textAt(body, 'instanceName') || kind?.[1] || '*arr';
  const item = itemOf(body);
  const told = eventOf(event, body, app, whatOf(body) || app);
  const message = textAt(body, 'message');
  const statuses = listAt(body, 'downloadStatusMessages').flatMap((one) => [
    textAt(one, 'title'),
    ...textsAt(one, 'messages'),
  ]);
  const lines = [detailsOf(body), told.title.endsWith(message) ? '' : message, ...statuses];
  return {
    ...told,
    body: joined('\n', ...lines.map(escapeMarkdown)),
    click: [textAt(body, 'wikiUrl'), linkOf(body)],
    image: posterOf(item),
    tags: textsAt(item, 'tags'),
  };
};
