// Loaded before a program: libsql cannot be found, as on a platform that it has no file for.
const Module = require('node:module');

const load = Module._load;
Module._load = (name, ...rest) => {
  if (!/^libsql(?:\/|$)/.test(name)) return load(name, ...rest);
  throw Object.assign(new Error(`Cannot find module '${name}'`), { code: 'MODULE_NOT_FOUND' });
};
