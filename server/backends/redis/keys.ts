// The names of all keys and channels in Redis, and the shard of each thing that a node owns. All keys share one hash tag,
// so that a script may touch any of them on a Redis Cluster too.
import { crc32 } from 'node:zlib';
import { SHARDS } from '../../nodes.ts';

/** The shard of a device, a queue, a channel or a user. */
export function shardOf(name: string): number {
  return crc32(name) % SHARDS;
}

/** The shard of a channel: its owner tells the app what happens there. */
export function channelShard(app: string, channel: string): number {
  return shardOf(`${app}\n${channel}`);
}

/** An app's id in front of another name. Ids may contain colons, channels and users too. */
function appPart(app: string): string {
  return app.replace(/[%:]/g, (character) => (character === '%' ? '%25' : '%3A'));
}

/** The app's id in such a part. */
export function appOfPart(part: string): string {
  return part.replaceAll('%3A', ':').replaceAll('%25', '%');
}

/** Makes the names for a prefix. */
export function createKeys(prefix: string) {
  const p = `{${prefix}}:`;
  const ofApp = (kind: string) => (app: string) => `${p}${kind}:${appPart(app)}`;
  const inApp = (kind: string) => (app: string, name: string) => `${p}${kind}:${appPart(app)}:${name}`;
  return {
    /** Hash: format, cluster id, time it was made, number of shards, fingerprint of the token. */
    meta: `${p}meta`,
    /** There while a restore fills the prefix. */
    restoring: `${p}restoring`,
    /** The start of every key. */
    all: p,
    /** The last mid. */
    mid: `${p}mid`,
    /** Stream of messages. */
    log: `${p}log`,
    /** Sorted set: mids of the messages of a list, see log/lists.ts. */
    messageList: (name: string) => `${p}ml:${name}`,
    /** Sorted set: lists of feeds by the time of their last message. */
    feeds: `${p}feeds`,
    /** The mid of the message with this number of an acceptance. */
    number: (number: string) => `${p}num:${number}`,
    /** Sorted set: mids of a device that are not settled. */
    queue: (device: string) => `${p}q:${device}`,
    /** Sorted set: mids of a device's history. */
    history: (device: string) => `${p}h:${device}`,
    /** Hash: mid to status, unless it is `ready` or `ok`. */
    statuses: (device: string) => `${p}st:${device}`,
    /** The lowest ticket of a node under which a message may still be stored. */
    lowestTicket: (node: string) => `${p}tk:${node}`,
    /** Hash: device to the last mid that it received. */
    last: `${p}last`,
    /** Sorted set: mids by the number of their read mark, and that number. */
    read: `${p}read`,
    readNumber: `${p}readseq`,
    /** Set: devices of a shard with a queue. */
    shard: (shard: number) => `${p}s:${shard}`,
    /** Version of the registry: the number of its changes. */
    version: `${p}reg`,
    /** Hashes: name to record, see scripts/put.lua. */
    devices: `${p}devices`,
    apps: `${p}apps`,
    senders: `${p}senders`,
    /** Sorted sets: names that were removed lately, by the version of their removal. */
    removedDevices: `${p}devices:gone`,
    removedApps: `${p}apps:gone`,
    removedSenders: `${p}senders:gone`,
    /** Sorted set: names by the time in ms up to which their tokens are ended. */
    revoked: `${p}revoked`,
    /** Hash: name to secret. */
    secrets: `${p}secrets`,
    /** Stream of everything that all nodes must come to know. */
    control: `${p}ctl`,
    /** Sorted set: node ids by the end of their lease. */
    nodes: `${p}nodes`,
    /** Hash: node to the number of its last notice. */
    noticeNumbers: `${p}nn`,
    /** Hash: what a node says of itself. */
    node: (id: string) => `${p}node:${id}`,
    /** Hash: shard to owner and fence. */
    shards: `${p}shards`,
    /** Set: what a node has subscribers or users of, see channels/entries.ts. */
    entriesOf: (node: string) => `${p}nc:${node}`,
    /** Hash: node to its number of subscribers; the field "" has the flags of the channel. */
    occupancy: inApp('o'),
    /** Set: occupied channels of an app. */
    occupied: ofApp('oc'),
    /** Hash: user id to number of arrival and member. */
    members: inApp('p'),
    /** Hash: node and user to connections; the field "" has the last number of arrival. */
    memberConnections: inApp('pc'),
    /** Hash: app to the sockets of a node that count towards the quota. */
    connections: (node: string) => `${p}conn:${node}`,
    /** Hash: node to sockets of a user, and to sockets that watch a user. */
    user: inApp('u'),
    watchers: inApp('w'),
    /** Sorted set: users who have no socket left and are online for a while, by its end. */
    leaving: `${p}ul`,
    /** Sorted set: users whose connections were ended lately, by time. */
    terminated: `${p}term`,
    /** Stream: edges of a shard that someone has to be told of. */
    edges: (shard: number) => `${p}e:${shard}`,
    /** The last event of a cache channel; sorted set: their channels by age. */
    cached: inApp('cache'),
    cachedOrder: ofApp('cachez'),
    /** Digest and answer of a request, or nothing while it is carried out; sorted set: the answers of an app by age. */
    idempotency: inApp('idem'),
    idempotencyOrder: ofApp('idemz'),
    /** Hash of a pairing code, by its SHA-256. Sorted sets: the codes of a maker (the owner has no name) and of all devices by age. */
    pairing: (digest: string) => `${p}pair:${digest}`,
    pairingsOf: (maker: string) => `${p}pairz:${maker}`,
    devicePairings: `${p}pairz`,
    /** Set: wrong tokens of a network. Sorted set: the networks by age. */
    throttle: (network: string) => `${p}thr:${network}`,
    throttled: `${p}thrz`,
    /** Hash: level and time of a limit. */
    rate: inApp('rate'),
    /** Hash: device to the socket that bears its name, "<node>:<socket>". */
    holders: `${p}hold`,
    /** What a login of gusher.cluster stands for, by the SHA-256 of its token. Sorted set: the logins by age. */
    login: (digest: string) => `${p}gct:${digest}`,
    logins: `${p}gctz`,
    /** Marks of an event that was added to the edges, and of one that is not added again for a while. */
    event: (id: string) => `${p}once:${id}`,
    recentEvent: inApp('recent'),
    /** Stream: the reports that wait for one address. */
    hookLog: (address: string) => `${p}hl:${address}`,
    /** Set: addresses of a shard with reports. */
    hookShard: (shard: number) => `${p}hs:${shard}`,
    /** Hash: address to the bytes of its reports. String: number of the last report. */
    hookBytes: `${p}hb`,
    reportNumber: `${p}hseq`,
    /** Sorted set: messages of a shard by the time at which they expire. */
    expiries: (shard: number) => `${p}x:${shard}`,
    /** Sorted set: what removed devices of a name had, while their messages are looked through. */
    aside: (device: string) => `${p}aside:${device}`,
    /** Hash: the documents of a collection by id, see scripts/parts/document.lua. Sorted set: where they stand in a list. */
    documents: (collection: string) => `${p}doc:${collection}`,
    list: (collection: string, list: string) => `${p}list:${collection}:${list}`,
    /** The last version of any document. Sorted set: collection and id of documents by their expiry. */
    documentVersion: `${p}docseq`,
    documentExpiries: `${p}docx`,
    /** There for a minute after a document was removed with that ticket. */
    removal: (ticket: string) => `${p}undoc:${ticket}`,
    /** Channel on which a node gets notices; all of these channels begin with that of an empty id. */
    notices: (node: string) => `${p}n:${node}`,
  } as const;
}

/** The names for one prefix. */
export type Keys = ReturnType<typeof createKeys>;

/** All keys of a device, as scripts/parts/forget.lua takes them. */
export function keysOfDevice(keys: Keys, device: string): readonly string[] {
  return [
    keys.history(device),
    keys.queue(device),
    keys.statuses(device),
    keys.last,
    keys.shard(shardOf(device)),
    keys.aside(device),
  ];
}
