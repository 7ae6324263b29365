import { expect } from 'chai';
import { isPicture, readFile } from '../../../../pwa/src/model/message/message-file.ts';

const ID = 'a'.repeat(32);

describe('readFile', () => {
  it('knows a file of a relay by its path, under whatever name senders reach the relay', () => {
    const url = `http://localhost:9093/mpush/file/${ID}.png`;
    expect(readFile({ url, name: 'a.png', type: 'image/png', size: 5, expires: 7 })).to.deep.equal({
      path: `/file/${ID}.png`,
      url,
      name: 'a.png',
      type: 'image/png',
      size: 5,
      expires: 7000,
    });
  });

  it('takes everything else for a file somewhere else', () => {
    for (const url of [`https://e.example/file/${ID}.png`, 'https://e.example/file/short.png']) {
      expect(readFile({ url })).to.include({ path: undefined, url });
    }
    expect(readFile({ url: `https://e.example/x?y=/file/${ID}`, expires: 1 })).to.include({ path: undefined });
    expect(readFile({ url: `https://e.example/file/${ID}/../..`, expires: 1 })).to.include({ path: undefined });
  });

  it('names a file by its address', () => {
    expect(readFile({ url: 'https://e.example/a%20b.pdf?x' })?.name).to.equal('a b.pdf');
    expect(readFile({ url: 'https://e.example/%' })?.name).to.equal('%');
    expect(readFile({ url: 'https://e.example/' })?.name).to.equal('e.example');
  });

  for (const url of ['javascript:alert(1)', 'data:text/html,x', 'tel:1', '/file/x', '', 'https://']) {
    it(`refuses ${JSON.stringify(url)}`, () => {
      expect(readFile({ url })).to.equal(undefined);
    });
  }

  it('bounds what a sender writes', () => {
    const file = readFile({ url: 'https://e.example/x', name: 'x'.repeat(5000), type: 'y'.repeat(5000), size: -1 });
    expect([file?.name.length, file?.type.length, file?.size]).to.deep.equal([200, 200, undefined]);
  });
});

describe('isPicture', () => {
  it('takes the pictures that browsers show, and no SVG', () => {
    const is = (type: string) => {
      const file = readFile({ url: 'https://e.example/x', type });
      return file !== undefined && isPicture(file);
    };
    expect(['image/png', 'image/jpeg', 'image/webp'].map(is)).to.deep.equal([true, true, true]);
    expect(['image/svg+xml', 'text/html', 'image/heic', ''].map(is)).to.deep.equal([false, false, false, false]);
  });
});
