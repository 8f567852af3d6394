/** Somebody who waits until each of some owners is dealt with. */
export interface Waiter {
  /** `settled`: until their rows are in the database; `tried`: until they were, or were set aside with a reason. */
  readonly until: 'settled' | 'tried';
  readonly left: Set<string>;
  over: boolean;
  end(done: boolean): void;
}

/** Waits for owners, at most the time given in milliseconds. */
export function makeWaiter(
  owners: Iterable<string>,
  until: Waiter['until'],
  timeoutMilliseconds: number,
): { waiter: Waiter; done: Promise<boolean> } {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const waiter: Waiter = {
    until,
    left: new Set(owners),
    over: false,
    end(done) {
      if (waiter.over) return;
      waiter.over = true;
      clearTimeout(timer);
      resolve(done);
    },
  };
  const timer = setTimeout(() => waiter.end(false), timeoutMilliseconds);
  if (waiter.left.size === 0) waiter.end(true);
  return { waiter, done: promise };
}

/** Owners to deal with, and who waits for each of them. */
export type Owners = Map<string, Set<Waiter>>;

/** Adds an owner and those who wait for it. */
export function addOwner(owners: Owners, owner: string, waiters: Iterable<Waiter> = []): void {
  let present = owners.get(owner);
  if (present === undefined) owners.set(owner, (present = new Set()));
  for (const waiter of waiters) if (!waiter.over) present.add(waiter);
}

/** Tells those who wait for the owner; gives those who still do. */
export function tellWaiters(
  owner: string,
  waiters: ReadonlySet<Waiter>,
  what: Waiter['until'],
): Waiter[] {
  return [...waiters].filter((waiter) => {
    if (waiter.over) return false;
    if (what === 'tried' && waiter.until === 'settled') return true;
    waiter.left.delete(owner);
    if (waiter.left.size === 0) waiter.end(true);
    return false;
  });
}
