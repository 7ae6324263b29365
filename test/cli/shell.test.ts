import { expect } from 'chai';
import { curlIn, quoteFor, shellOf, withVariable } from '../../server/cli/shell.ts';

const SYSTEM = 'C:\\Program Files\\WindowsPowerShell\\Modules;C:\\Windows\\system32\\WindowsPowerShell\\v1.0\\Modules';

describe('shellOf', () => {
  it('is a POSIX shell everywhere but on Windows', () => {
    expect(shellOf('linux', {})).to.equal('posix');
    expect(shellOf('darwin', { PSModulePath: 'a:b:c' })).to.equal('posix');
  });

  it('tells the shells of Windows by what they set', () => {
    expect(shellOf('win32', { PSModulePath: SYSTEM })).to.equal('cmd');
    expect(shellOf('win32', {})).to.equal('cmd');
    expect(shellOf('win32', { PSModulePath: `C:\\Users\\jo\\Documents\\PowerShell\\Modules;${SYSTEM}` })).to.equal(
      'powershell',
    );
    expect(shellOf('win32', { SHELL: '/usr/bin/bash', PSModulePath: SYSTEM })).to.equal('posix');
  });
});

describe('quoteFor', () => {
  it('makes one word of a text', () => {
    expect(quoteFor('posix', 'it\'s $x & "y"')).to.equal("'it'\\''s $x & \"y\"'");
    expect(quoteFor('powershell', "it's $x & y")).to.equal("'it''s $x & y'");
    expect(quoteFor('cmd', 'a & b?c="d"')).to.equal('"a & b?c=\\"d\\""');
  });
});

describe('withVariable', () => {
  it('has the value of a variable in the word', () => {
    expect(withVariable('posix', 'Authorization: ', 'T')).to.equal('"Authorization: $T"');
    expect(withVariable('powershell', 'Authorization: ', 'T')).to.equal('"Authorization: $env:T"');
    expect(withVariable('cmd', 'Authorization: ', 'T')).to.equal('"Authorization: %T%"');
  });
});

describe('curlIn', () => {
  it('names the program where the name means another one', () => {
    expect([curlIn('posix'), curlIn('cmd'), curlIn('powershell')]).to.deep.equal(['curl', 'curl', 'curl.exe']);
  });
});
