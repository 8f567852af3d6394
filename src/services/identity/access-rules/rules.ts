import type { AccessRule, Caller } from '../caller.ts';

type Part = string | 'segment' | 'any';

/** Reads a pattern: `{name}` and `*` stand for one segment or a part of it, `**` for anything; the rest for itself. */
function parts(pattern: string): Part[] {
  return [...pattern.matchAll(/(\{[^}]*\}|\*(?!\*))|(\*\*)|([^])/g)].map(
    ([, segment, any, literal]) =>
      segment === undefined ? (any === undefined ? literal! : 'any') : 'segment',
  );
}

/**
 * Whether a path fits an access rule's pattern, as keystonemiddleware reads it. Not by a regular expression: users
 * write the patterns, and some take one for ever.
 */
export function pathFits(pattern: string, path: string): boolean {
  // Places in the path that the parts read so far can reach.
  let reached = new Set([0]);
  for (const part of parts(pattern)) {
    const next = new Set<number>();
    for (const from of reached) {
      if (part === 'segment' || part === 'any') {
        for (let end = from; end < path.length && !next.has(end + 1); end++) {
          if (part === 'segment' && path[end] === '/') break;
          next.add(end + 1);
        }
      } else if (path[from] === part) next.add(from + 1);
    }
    if (next.size === 0) return false;
    reached = next;
  }
  return reached.has(path.length);
}

/**
 * Whether the caller's token may make the request: all may but those of application credentials with access rules.
 * @param service type of the service
 * @param path as the client sent it, without query; rules may name it with or without the service's root
 * @param root path of the service's root, such as `/compute`
 */
export function permits(
  caller: Caller,
  service: string,
  method: string,
  path: string,
  root: string,
): boolean {
  const rules = caller.applicationCredential?.accessRules;
  if (rules === undefined) return true;
  const below = path.startsWith(`${root}/`) ? path.slice(root.length) : path;
  const fits = (rule: AccessRule): boolean =>
    rule.service === service &&
    rule.method === method &&
    (pathFits(rule.path, below) || pathFits(rule.path, path));
  return rules.some(fits);
}
