import { expect } from 'chai';
import { sendPage } from '../../../server/dialects/kit/send-page.ts';

describe('sendPage', () => {
  it('escapes the target, the names and the values', () => {
    const page = sendPage('<b>&"\'', [['"><script>', '</dd><script>alert(1)</script>']]);
    expect(page).not.to.include('<script');
    expect(page).to.include('<title>Send to &lt;b&gt;&amp;&quot;&#39;?</title>');
    expect(page).to.include(
      '<input type="hidden" name="&quot;&gt;&lt;script&gt;" value="&lt;/dd&gt;&lt;script&gt;alert(1)&lt;/script&gt;">',
    );
  });

  it('sends the token along without showing it', () => {
    const page = sendPage('a', [['token', 's3cret']]);
    expect(page).to.include('<input type="hidden" name="token" value="s3cret">');
    expect(page).not.to.include('<dd>s3cret');
  });

  it('leaves a credential that counts only in an address there', () => {
    const page = sendPage('a', [['text', 'x']], [['auth', 'c3&"']]);
    expect(page).to.include('<form method="post" action="?auth=c3%26%22">');
    expect(page).not.to.include('<dt>auth');
  });
});
