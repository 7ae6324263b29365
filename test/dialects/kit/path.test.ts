import { expect } from 'chai';
import { pathParameters } from '../../../server/dialects/kit/path.ts';

describe('pathParameters', () => {
  const cases: [pattern: string, path: string, values: string[] | undefined][] = [
    ['/ws/:app/:tag', '/ws/a/b', ['a', 'b']],
    ['/ws/:app/:tag', '/ws/a%3A/%E6%89%8B%20+', ['a:', '手 +']],
    ['/ws/:app', '/ws/..', ['..']],
    ['/ping', '/ping', []],
    ['/ws/:app/:tag', '/ws/a/b/c', undefined],
    ['/ws/:app/:tag', '/ws/a', undefined],
    ['/ws/:app/:tag', '/ws/a/', undefined],
    ['/ws/:app/:tag', '/ws//b', undefined],
    ['/ws/:app/:tag', '/WS/a/b', undefined],
    ['/ws/:app', '/ws/a%2Fb', undefined],
    ['/ws/:app', '/ws/%zz', undefined],
    ['/ws/:app', '/ws/%ff', undefined],
    ['/ws/:app', '/ws/%', undefined],
  ];
  for (const [pattern, path, values] of cases) {
    it(`reads ${JSON.stringify(values) ?? 'nothing'} from ${path} by ${pattern}`, () => {
      expect(pathParameters(pattern, path)).to.deep.equal(values);
    });
  }
});
