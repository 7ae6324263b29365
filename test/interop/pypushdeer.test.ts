import { expect } from 'chai';
import { python } from './support/programs.ts';
import { arrivedAt, builtRelay, keyTo } from './support/relay.ts';

describe('pypushdeer', () => {
  const relay = builtRelay();

  it('sends text, Markdown and a picture, and fails with a wrong key', async () => {
    const keys = [
      await keyTo(relay(), 'deer-text'),
      await keyTo(relay(), 'deer-markdown'),
      await keyTo(relay(), 'deer-image'),
    ];
    // The library takes an answer without a result for a broken one.
    const found = await python(
      `
from pypushdeer import PushDeer
def refused(send):
    try:
        return send()
    except KeyError as error:
        return str(error)
text, markdown, image = [PushDeer(server=given['server'], pushkey=key) for key in given['keys']]
result = [
    text.send_text('Disk 磁盘', desp='91 % *used*'),
    markdown.send_markdown('## Disk', desp='**91 %** used'),
    image.send_image('https://nas.example/a.png'),
    refused(lambda: PushDeer(server=given['server'], pushkey='Awrong123456789').send_text('x')),
]
`,
      { server: `http://127.0.0.1:${relay().port}`, keys },
    );
    expect(found).to.deep.equal([true, true, true, "'content'"]);
    const arrived = async (device: string) =>
      (await arrivedAt(relay(), device)).map((one) => [one.text, one.desp, one.extra]);
    expect(await arrived('deer-text')).to.deep.equal([['Disk 磁盘', '91 % *used*', { markdown: 0 }]]);
    expect(await arrived('deer-markdown')).to.deep.equal([['Disk', '**91 %** used', {}]]);
    const address = 'https://nas.example/a.png';
    expect(await arrived('deer-image')).to.deep.equal([['a.png', '', { image: address, click: address }]]);
  });
});
