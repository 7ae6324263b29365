import { createHmac } from 'node:crypto';
import { expect } from 'chai';
import { buildRequest, type WebhookTarget } from '../../../server/transports/webhook/request.ts';
import type { WireBody } from '../../../shared/content.ts';
import type { Message, WireMessage } from '../../../shared/message.ts';
import { fromWire } from '../../support/message.ts';

function message(over: Partial<WireBody> = {}): Message {
  return fromWire({
    sendType: 'personal',
    target: 'wh',
    from: { method: 'http', name: '' },
    message: { text: 'hi', desp: '', extra: {}, ...over },
    mid: '1795298858174',
  });
}

const get = (url: string): WebhookTarget => ({ url, method: 'GET', secret: undefined });
const post = (url: string): WebhookTarget => ({ url, method: 'POST', secret: undefined });
const HEAD = 'sendType=personal&target=wh&fromMethod=http&fromName=&mid=1795298858174';

describe('buildRequest for GET', () => {
  it('puts everything into the query, in order', () => {
    const { method, url, headers, body } = buildRequest(get('http://h/p'), message(), 'secret');
    expect(method).to.equal('GET');
    expect(url.href).to.equal(`http://h/p?${HEAD}&text=hi&desp=`);
    expect(headers).to.deep.equal({ authorization: 'secret', 'user-agent': 'herald' });
    expect(body).to.equal(undefined);
  });

  it('keeps the query of the address and drops its fragment', () => {
    expect(buildRequest(get('http://h/p?x=1#top'), message(), 't').url.href).to.equal(
      `http://h/p?x=1&${HEAD}&text=hi&desp=`,
    );
    expect(buildRequest(get('http://h?'), message(), 't').url.href).to.equal(`http://h/?${HEAD}&text=hi&desp=`);
  });

  it('names the sender and the group', () => {
    const sent: Message = { ...message(), sendType: 'group', target: 'g', from: { method: 'websocket', name: 'a b' } };
    expect(buildRequest(get('http://h/'), sent, 't').url.search).to.equal(
      '?sendType=group&target=g&fromMethod=websocket&fromName=a+b&mid=1795298858174&text=hi&desp=',
    );
  });

  it('writes the documented example', () => {
    const extra = { a: '233', b: { hello: 'world' }, c: [1, 2], t: true };
    const { url } = buildRequest(get('http://h/p?x=1'), message({ text: 't 1', desp: 'd&é', extra }), 't');
    expect(url.search).to.equal(
      `?x=1&${HEAD}&text=t+1&desp=d%26%C3%A9&a=233&b=%7B%22hello%22:%22world%22%7D&c[]=1&c[]=2&t=true`,
    );
  });

  it('never lets extra overwrite what the relay says', () => {
    const extra = {
      text: 'x',
      desp: 'x',
      mid: '1',
      target: 'x',
      sendType: 'x',
      fromName: 'x',
      fromMethod: 'x',
      from: 'y',
    };
    expect(buildRequest(get('http://h/'), message({ extra }), 't').url.search).to.equal(
      `?${HEAD}&text=hi&desp=&from=y`,
    );
  });

  const parameters: [string, unknown, string][] = [
    ['signs that stay', '@:$,[]-_.!~*()', '&k=@:$,[]-_.!~*()'],
    ['signs with a meaning', '&=+#?/%;"<>', '&k=%26%3D%2B%23%3F%2F%25%3B%22%3C%3E'],
    ['an apostrophe', "it's", '&k=it%27s'],
    ['line breaks and tabs', 'a\r\nb\tc', '&k=a%0D%0Ab%09c'],
    ['other scripts', '张三 😀', '&k=%E5%BC%A0%E4%B8%89+%F0%9F%98%80'],
    ['half a surrogate pair', 'a\ud800b', '&k=a%EF%BF%BDb'],
    ['an escape', '%20', '&k=%2520'],
    ['a number', 1.5, '&k=1.5'],
    ['a boolean', false, '&k=false'],
    ['an empty text', '', '&k='],
    ['null', null, ''],
    ['an empty array', [], ''],
    ['an array of everything', ['a b', 1, null, { x: 1 }, [2]], '&k[]=a+b&k[]=1&k[]=null&k[]=%7B%22x%22:1%7D&k[]=[2]'],
    ['an empty object', {}, '&k=%7B%7D'],
  ];
  for (const [what, value, written] of parameters) {
    it(`writes ${what}`, () => {
      const { url } = buildRequest(get('http://h/'), message({ extra: { k: value } }), 't');
      expect(url.search).to.equal(`?${HEAD}&text=hi&desp=${written}`);
    });
  }

  it('encodes keys as it does values, whatever they are called', () => {
    const extra = JSON.parse('{"__proto__":"p","constructor":"c","a b&":"1","张":"2"}');
    expect(buildRequest(get('http://h/'), message({ extra }), 't').url.search).to.equal(
      `?${HEAD}&text=hi&desp=&__proto__=p&constructor=c&a+b%26=1&%E5%BC%A0=2`,
    );
  });

  it('signs the query as it is sent', () => {
    const { url, headers } = buildRequest(
      { ...get("http://h/p?q='"), secret: 'key' },
      message({ text: "it's é" }),
      't',
    );
    expect(url.search).to.equal(`?q=%27&${HEAD}&text=it%27s+%C3%A9&desp=`);
    const hex = createHmac('sha256', 'key').update(url.search.slice(1)).digest('hex');
    expect(headers['x-herald-signature']).to.equal(`sha256=${hex}`);
  });
});

describe('buildRequest for POST', () => {
  it('puts the packet into the body, keys in order, and leaves the address alone', () => {
    const scrambled: WireMessage = {
      mid: '1795298858174',
      message: { extra: { z: 1, a: null, 中: ['"'] }, desp: '# d', text: 'hi' },
      from: { name: 'n', method: 'websocket' },
      target: 'wh',
      sendType: 'personal',
    };
    const { method, url, headers, body } = buildRequest(post('http://h/p?x=1&y=[2]'), fromWire(scrambled), 'secret');
    expect(method).to.equal('POST');
    expect(url.href).to.equal('http://h/p?x=1&y=[2]');
    expect(headers).to.deep.equal({
      authorization: 'secret',
      'user-agent': 'herald',
      'content-type': 'application/json;charset=utf-8',
    });
    expect(body?.toString()).to.equal(
      '{"cmd":"MESSAGE","data":{"sendType":"personal","target":"wh","from":{"method":"websocket","name":"n"},' +
        '"message":{"text":"hi","desp":"# d","extra":{"z":1,"a":null,"中":["\\""]}},"mid":"1795298858174"}}',
    );
  });

  it('signs the body as it is sent', () => {
    const { headers, body } = buildRequest({ ...post('http://h/'), secret: 'key' }, message({ text: '张' }), 't');
    const hex = createHmac('sha256', 'key')
      .update(body ?? '')
      .digest('hex');
    expect(headers['x-herald-signature']).to.equal(`sha256=${hex}`);
  });

  it('sends a token of any letters as UTF-8', () => {
    const { headers } = buildRequest(post('http://h/'), message(), '密é');
    expect(Buffer.from(headers['authorization'] ?? '', 'latin1').toString()).to.equal('密é');
  });
});
