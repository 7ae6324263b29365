// Payloads as the programs send them.

export const ALERTMANAGER = {
  receiver: 'hook',
  status: 'firing',
  alerts: [
    {
      status: 'firing',
      labels: { alertname: 'DiskFull', instance: 'nas:9100', severity: 'critical' },
      annotations: { description: 'sda1 has 3 GB left', summary: 'Disk of nas is 95 % full' },
      startsAt: '2026-11-29T16:32:18.775503526Z',
      endsAt: '0001-01-01T00:00:00Z',
      generatorURL: 'http://prom.example/graph?g0.expr=disk',
      fingerprint: '2e6feafa75c7eef9',
    },
    {
      status: 'firing',
      labels: { alertname: 'DiskFull', instance: 'pi:9100', severity: 'warning' },
      annotations: { summary: 'Disk of pi is 85 % full' },
      startsAt: '2026-11-29T16:32:18.775503526Z',
      endsAt: '0001-01-01T00:00:00Z',
      generatorURL: '',
      fingerprint: '9a3f10cb3319896f',
    },
  ],
  groupLabels: { alertname: 'DiskFull' },
  commonLabels: { alertname: 'DiskFull' },
  commonAnnotations: {},
  externalURL: 'http://am.example:9093',
  version: '4',
  groupKey: '{}:{alertname="DiskFull"}',
  truncatedAlerts: 0,
};

export const KUMA = {
  heartbeat: {
    monitorID: 12,
    status: 0,
    time: '2026-11-29 16:00:00.123',
    msg: 'connect ECONNREFUSED 192.0.2.7:443',
    ping: null,
    important: true,
    duration: 60,
  },
  monitor: {
    id: 12,
    name: 'nas',
    type: 'http',
    url: 'https://nas.example/',
    hostname: null,
    path: ['home', 'nas'],
    pathName: 'home / nas',
    tags: [{ name: 'prod', value: '', color: '#f00' }],
    basic_auth_pass: 'hunter2',
  },
  msg: '[nas] [🔴 Down] connect ECONNREFUSED 192.0.2.7:443',
};

export const HEALTHCHECKS = {
  check: {
    name: 'Nightly backup',
    slug: 'nightly-backup',
    tags: 'prod db',
    desc: '',
    grace: 3600,
    n_pings: 412,
    status: 'down',
    started: false,
    last_ping: '2026-11-28T03:00:04+00:00',
    next_ping: '2026-11-29T03:00:00+00:00',
    manual_resume: false,
    uuid: 'b7a1c6f2-8f2e-4a53-9f0a-1f6f2c0e7d11',
    ping_url: 'https://hc.example/ping/b7a1',
    update_url: 'https://hc.example/api/v3/checks/b7a1c6f2-8f2e-4a53-9f0a-1f6f2c0e7d11',
    timeout: 86400,
  },
  status: 'down',
  exit: '1',
};

export const RADARR = {
  eventType: 'Download',
  instanceName: 'Radarr',
  applicationUrl: 'https://radarr.example',
  movie: {
    id: 7,
    title: 'The Long Night',
    year: 2024,
    tmdbId: 90001,
    images: [{ coverType: 'poster', url: '/MediaCover/7/poster.jpg', remoteUrl: 'https://img.example/p.jpg' }],
    tags: ['family'],
  },
  movieFile: { id: 3, relativePath: 'The Long Night.mkv', quality: 'Bluray-1080p', size: 9126805504 },
  release: { releaseTitle: 'The.Long.Night.2024.1080p' },
  isUpgrade: false,
  downloadClient: 'qBittorrent',
};

export const SONARR = {
  eventType: 'Grab',
  instanceName: 'Sonarr',
  applicationUrl: '',
  series: { id: 2, title: 'Harbour Lights', titleSlug: 'harbour-lights', tvdbId: 80002 },
  episodes: [{ id: 11, episodeNumber: 4, seasonNumber: 2, title: 'Low Tide' }],
  release: { quality: 'WEBDL-1080p', indexer: 'Example', size: 1610612736, releaseTitle: 'Harbour.Lights' },
  downloadClient: 'SABnzbd',
};

export const HEALTH = {
  eventType: 'Health',
  instanceName: 'Radarr',
  applicationUrl: 'https://radarr.example',
  level: 'warning',
  message: 'Indexers unavailable due to failures: Example',
  type: 'IndexerStatusCheck',
  wikiUrl: 'https://wiki.example/#indexers',
};
