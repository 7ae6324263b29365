// The floor of a trigger: a koa route that reads a JSON body, checks nothing and publishes nothing.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Router from '@koa/router';
import Koa from 'koa';
import rawBody from 'raw-body';
import { answerCalls } from '../support/calls.ts';

const router = new Router();
router.post('/apps/:id/events', async (context) => {
  JSON.parse(String(await rawBody(context.req)));
  context.body = {};
});
const koa = new Koa();
koa.use(router.routes());

answerCalls({
  start: () =>
    new Promise((resolve) => {
      const server = createServer(koa.callback());
      server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
    }),
});
