// For the process of an application server under test:
//
//   NODE_OPTIONS="--import <this file>" LOCAL_PUSH_SERVICE=https://127.0.0.1:1234
//
// Chromium's subscriptions always name Google's push hosts. This file redirects TLS connections to those hosts to the
// local push service, so that the application can use such a subscription unchanged. It is plain JavaScript, because
// that process may run without a loader.
import { syncBuiltinESMExports } from 'node:module';
import tls from 'node:tls';

const HOSTS = ['fcm.googleapis.com', 'jmt17.google.com'];
const { hostname, port } = new URL(process.env.LOCAL_PUSH_SERVICE);
const connect = tls.connect;

tls.connect = (...args) => {
  // The forms in use: (options), (port, host, options).
  const options = args.find((arg) => arg && typeof arg === 'object');
  const host = options?.servername || options?.host || (typeof args[1] === 'string' ? args[1] : undefined);
  if (!HOSTS.includes(host)) return connect(...args);
  const callback = args.find((arg) => typeof arg === 'function');
  return connect({ ...options, host: hostname, port: Number(port), servername: host, lookup: undefined }, callback);
};

// For modules that import the function by its name.
syncBuiltinESMExports();
