// A floor with the libraries of the relay: a koa route that reads a JSON body and does nothing with it, and ws.
import { createServer } from 'node:http';
import Router from '@koa/router';
import Koa from 'koa';
import rawBody from 'raw-body';
import { WebSocketServer } from 'ws';
import { serve } from '../support/serve.ts';

const router = new Router();
router.post('/apps/:id/events', async (context) => {
  JSON.parse(String(await rawBody(context.req)));
  context.body = {};
});
const koa = new Koa();
koa.use(router.routes());

const server = createServer(koa.callback());
new WebSocketServer({ server });
serve(server);
