/**
 * Does work on each node once all that it needs are done, as many at once as the graph allows. When a piece of work
 * fails nothing new is begun; resolves when what is under way has ended, with the errors.
 */
export function inOrder<Node>(
  graph: ReadonlyMap<Node, ReadonlySet<Node>>,
  work: (node: Node) => Promise<void>,
  stopped: () => boolean = () => false,
): Promise<unknown[]> {
  const missing = new Map<Node, number>();
  const users = new Map<Node, Node[]>();
  for (const [node, needs] of graph) {
    let count = 0;
    for (const need of needs) {
      if (!graph.has(need) || need === node) continue;
      count++;
      const list = users.get(need);
      if (list) list.push(node);
      else users.set(need, [node]);
    }
    missing.set(node, count);
  }
  const errors: unknown[] = [];
  let running = 0;
  return new Promise((resolve) => {
    const begin = (node: Node): void => {
      running++;
      work(node).then(
        () => done(node),
        (error: unknown) => {
          errors.push(error);
          done(undefined);
        },
      );
    };
    const done = (node: Node | undefined): void => {
      running--;
      if (node !== undefined && errors.length === 0 && !stopped()) {
        for (const user of users.get(node) ?? []) {
          const left = missing.get(user)! - 1;
          missing.set(user, left);
          if (left === 0) begin(user);
        }
      }
      if (running === 0) resolve(errors);
    };
    const first = [...graph.keys()].filter((node) => missing.get(node) === 0);
    if (first.length === 0 || stopped()) return resolve(errors);
    for (const node of first) begin(node);
  });
}

/** The same graph with its arrows turned round. */
export function reversed<Node>(graph: ReadonlyMap<Node, ReadonlySet<Node>>): Map<Node, Set<Node>> {
  const turned = new Map<Node, Set<Node>>([...graph.keys()].map((node) => [node, new Set()]));
  for (const [node, needs] of graph) for (const need of needs) turned.get(need)?.add(node);
  return turned;
}
