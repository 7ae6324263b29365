// For the process of a Node program (NODE_OPTIONS="--import <this file>"): TLS connections to the hosts in INTEROP_HOSTS
// (`one.example,other.example=<port>`) lead to that port of this machine, as with a hosts file and a proxy.
import { syncBuiltinESMExports } from 'node:module';
import tls from 'node:tls';

const [names = '', port] = (process.env.INTEROP_HOSTS ?? '').split('=');
const hosts = new Set(names.split(','));
const { connect } = tls;

tls.connect = (...args) => {
  const options = args.find((arg) => arg && typeof arg === 'object') ?? {};
  const host = options.servername || options.host;
  if (!hosts.has(host)) return connect(...args);
  const callback = args.find((arg) => typeof arg === 'function');
  return connect({ ...options, host: '127.0.0.1', port: Number(port), servername: host, lookup: undefined }, callback);
};

// For modules that import the function by its name.
syncBuiltinESMExports();
