/** What must be there before what: node → the nodes that it needs. */
export type Graph = ReadonlyMap<string, ReadonlySet<string>>;

/** A circle in a graph, its first node repeated at the end; undefined when there is none. */
export function cycleIn(graph: Graph): string[] | undefined {
  const done = new Set<string>();
  for (const start of graph.keys()) {
    if (done.has(start)) continue;
    // Depth first with a stack of our own: a chain of 1,000 resources is no reason to run out of stack.
    const trail: string[] = [start];
    const onTrail = new Set(trail);
    const waiting = [[...(graph.get(start) ?? [])]];
    while (trail.length > 0) {
      const next = waiting.at(-1)!.pop();
      if (next === undefined) {
        waiting.pop();
        const left = trail.pop()!;
        onTrail.delete(left);
        done.add(left);
      } else if (onTrail.has(next)) return [...trail.slice(trail.indexOf(next)), next];
      else if (!done.has(next)) {
        trail.push(next);
        onTrail.add(next);
        waiting.push([...(graph.get(next) ?? [])]);
      }
    }
  }
  return undefined;
}

/** The nodes in waves: everything a node needs is in an earlier wave, in the order of the graph. */
export function waves(graph: Graph): string[][] {
  const missing = new Map([...graph].map(([node, needs]) => [node, needs.size]));
  const users = new Map<string, string[]>();
  for (const [node, needs] of graph) {
    for (const need of needs) {
      const list = users.get(need);
      if (list) list.push(node);
      else users.set(need, [node]);
    }
  }
  const found: string[][] = [];
  let wave = [...graph.keys()].filter((node) => missing.get(node) === 0);
  while (wave.length > 0) {
    found.push(wave);
    const next: string[] = [];
    for (const node of wave) {
      for (const user of users.get(node) ?? []) {
        const left = missing.get(user)! - 1;
        missing.set(user, left);
        if (left === 0) next.push(user);
      }
    }
    wave = next;
  }
  return found;
}
