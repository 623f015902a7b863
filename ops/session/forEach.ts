/** Work that is done at the same time where each item takes more calls. */
const AT_ONCE = 4;

/** Runs `work` for each, a few at the same time; the first failure ends it. */
export async function forEach<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results = new Map<number, R>();
  let next = 0;
  const worker = async () => {
    for (let item = next++; item < items.length; item = next++)
      results.set(item, await work(items[item] as T));
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  } catch (error) {
    // The others take no further one.
    next = items.length;
    throw error;
  }
  return items.map((_, item) => results.get(item) as R);
}
