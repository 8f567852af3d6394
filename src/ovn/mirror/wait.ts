import type { Mirror, TableTypes } from './mirror.ts';

/**
 * Resolves with what the predicate gives as soon as that is neither false nor undefined; it is asked now and
 * after every update. Rejects after the time given (milliseconds, default 5,000).
 */
export function waitFor<Tables extends TableTypes, Found>(
  mirror: Mirror<Tables>,
  predicate: (mirror: Mirror<Tables>) => Found | false | undefined,
  timeoutMilliseconds = 5000,
): Promise<Found> {
  return new Promise((resolve, reject) => {
    let end: (() => void) | undefined;
    const timer = setTimeout(() => {
      end?.();
      reject(
        new Error(`${mirror.database} did not become as expected within ${timeoutMilliseconds} ms`),
      );
    }, timeoutMilliseconds);
    const look = (): boolean => {
      try {
        const found = predicate(mirror);
        if (found === false || found === undefined) return false;
        resolve(found);
      } catch (error) {
        reject(error);
      }
      clearTimeout(timer);
      end?.();
      return true;
    };
    if (!look()) end = mirror.watch(() => void look());
  });
}
