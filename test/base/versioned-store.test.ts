import { expect } from 'chai';
import { retryConflicts } from '../../server/base/versioned-store.ts';
import { describeVersions, describeVersionsOfNodes, type StoreSubject } from '../backends/contract-versions.ts';
import { rejection } from '../support/rejection.ts';
import { createSharedStore } from '../support/shared-store.ts';

describe('retryConflicts', () => {
  it('makes the change again until it does not conflict', async () => {
    let tries = 0;
    const change = async () => {
      tries += 1;
      return tries < 3 ? undefined : `at the ${tries}rd try`;
    };
    expect(await retryConflicts(change)).to.equal('at the 3rd try');
  });

  it('gives up in the end, and at once when the change fails', async () => {
    let tries = 0;
    const change = async () => {
      tries += 1;
      return undefined;
    };
    expect(await rejection(retryConflicts(change))).to.include({ code: 'unavailable', retryAfter: 1 });
    expect(tries).to.equal(20);
    expect((await rejection(retryConflicts(() => Promise.reject(new Error('disk'))))).message).to.equal('disk');
  });
});

describe('the shared store of tests', () => {
  type Named = { readonly name: string; readonly text: string };
  const subject: StoreSubject<Named> = {
    name: 'the double',
    async open(nodes) {
      const shared = createSharedStore<Named>(({ name }) => name);
      return Array.from({ length: nodes }, shared.node);
    },
    record: (name, text) => ({ name, text }),
    nameOf: ({ name }) => name,
    textOf: ({ text }) => text,
  };
  describeVersions(subject);
  describeVersionsOfNodes(subject);
});
