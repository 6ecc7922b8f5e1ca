/**
 * For a suite whose tests build on each other: once one has failed, those after it are skipped, with the reason in their
 * names. Mocha's own `bail` would, in such a suite, count every failure of the whole run: one broken suite would hide the
 * others.
 */
export function eachNeedsTheOneBefore(suite: Mocha.Suite): void {
  suite.afterEach(function () {
    const { currentTest } = this;
    if (currentTest?.isFailed()) skipRest(suite, `not run, because of "${currentTest.title}"`);
  });
}

function skipRest(suite: Mocha.Suite, why: string): void {
  for (const test of suite.tests.filter(isWaiting)) {
    test.pending = true;
    test.title += ` (${why})`;
  }
  for (const inner of suite.suites) {
    // Its own hooks have nothing to prepare, either.
    if (inner.tests.every(isWaiting)) inner.pending = true;
    skipRest(inner, why);
  }
}

const isWaiting = (test: Mocha.Test): boolean => test.state === undefined;
