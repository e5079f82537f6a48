/** The handler of methods that are there for their contract. */
export async function notCalled(): Promise<never> {
  throw new Error("is not called");
}
