/** The error that a promise rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Error) return error;
    throw new TypeError('the promise rejected with something that is not an error');
  }
  throw new TypeError('the promise did not reject');
}
