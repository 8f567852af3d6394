import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** One import as it stands in a file. Paths are relative to the repository, with forward slashes. */
export interface Edge {
  readonly from: string;
  readonly to: string;
  /** `import type`: leaves nothing at run time. */
  readonly typeOnly: boolean;
}

/** An import that ARCHITECTURE.md does not allow, and the rule that it breaks. */
export interface Violation extends Edge {
  readonly rule: string;
}

/** Who may import whom, by room. Everything may import `core`. See ARCHITECTURE.md. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  cli: ['cloud'],
  cloud: ['http', 'host'],
  http: ['services'],
  services: ['ovn', 'database'],
  host: ['ovn'],
  ovn: [],
  database: [],
  core: [],
};

/** Which service may call which, beside `identity`, always through the other's index.ts. */
const SERVICES: Readonly<Record<string, readonly string[]>> = {
  compute: ['network', 'image', 'placement'],
};

/** Files of `http` that put the control plane together: they know every room below. */
const COMPOSITION = new Set(['src/http/control-plane.ts', 'src/http/main.ts']);
/** What a service may take from another without going through its index.ts. */
const OPEN = new Set(['src/services/identity/caller.ts']);

const isTest = (file: string): boolean => /(\.test\.ts|\/testing\.ts)$/.test(file);

/** Names the rule that an import breaks; undefined when it breaks none. */
export function brokenRule({ from, to, typeOnly }: Edge): string | undefined {
  if (from.startsWith('dashboard/') || to.startsWith('dashboard/'))
    return from.startsWith('dashboard/') && to.startsWith('dashboard/')
      ? undefined
      : 'the dashboard shares nothing with the rest: it uses the public API only';
  if (!to.startsWith('src/'))
    return from.startsWith('src/') ? 'src imports nothing outside src' : undefined;
  if (!from.startsWith('src/')) return undefined;
  const [, room = '', service = ''] = from.split('/');
  const [, target = '', targetService = ''] = to.split('/');
  // Tests may start whatever they speak to.
  if (isTest(from) && to.endsWith('/testing.ts')) return undefined;
  if (target === room)
    return room === 'services' ? betweenServices(service, targetService, to) : undefined;
  if (target === 'core') return undefined;
  const allowed = ROOMS[room];
  if (allowed === undefined) return `src/${room} is no room of ARCHITECTURE.md`;
  if (allowed.includes(target)) return undefined;
  if (
    room === 'http' &&
    (target === 'ovn' || target === 'database') &&
    (typeOnly || COMPOSITION.has(from))
  )
    return undefined;
  // A service's tests speak to it as a client would: through the HTTP layer.
  if (room === 'services' && target === 'http' && isTest(from)) return undefined;
  const others = [...allowed, 'core'].filter((name) => name !== room);
  return `${room} may import only ${others.join(', ') || 'nothing'}`;
}

function betweenServices(service: string, target: string, to: string): string | undefined {
  // Files directly in services/, such as operation.ts, belong to all.
  if (service === target || target.endsWith('.ts') || OPEN.has(to)) return undefined;
  const allowed = ['identity', ...(SERVICES[service] ?? [])];
  if (service.endsWith('.ts') || !allowed.includes(target))
    return `inside services, ${service} may import only ${allowed.join(', ')}`;
  return to === `src/services/${target}/index.ts`
    ? undefined
    : `a service is imported through its index.ts (here src/services/${target}/index.ts)`;
}

const STATIC = /^\s*(?:import|export)\b(\s+type\b)?(?:[^;'"]*?\bfrom)?\s*['"]([^'"]+)['"]/gm;
const DYNAMIC = /\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;

/** The imports of a file's text that point into the repository. */
export function edgesOf(file: string, text: string): Edge[] {
  const resolve = (specifier: string) =>
    path.posix.normalize(path.posix.join(path.posix.dirname(file), specifier));
  return [
    ...[...text.matchAll(STATIC)].map((match) => ({
      specifier: match[2]!,
      typeOnly: match[1] !== undefined,
    })),
    ...[...text.matchAll(DYNAMIC)].map((match) => ({ specifier: match[1]!, typeOnly: false })),
  ]
    .filter(({ specifier }) => specifier.startsWith('.'))
    .map(({ specifier, typeOnly }) => ({ from: file, to: resolve(specifier), typeOnly }));
}

/** All violations in a repository, and how many imports were looked at. */
export function checkLayers(root: string): { violations: Violation[]; imports: number } {
  const files = globSync('{src,tests,bench,scripts,dashboard}/**/*.ts', { cwd: root });
  const edges = files.flatMap((file) =>
    edgesOf(file.split(path.sep).join('/'), readFileSync(path.join(root, file), 'utf8')),
  );
  const violations = edges.flatMap((edge) => {
    const rule = brokenRule(edge);
    return rule === undefined ? [] : [{ ...edge, rule }];
  });
  return { violations, imports: edges.length };
}

if (import.meta.main) {
  const { violations, imports } = checkLayers(path.resolve(import.meta.dirname, '..'));
  for (const { from, to, rule } of violations)
    process.stderr.write(`${from} imports ${to}: ${rule} (ARCHITECTURE.md, "Rooms")\n`);
  process.stdout.write(`layers: ${imports} imports, ${violations.length} not allowed\n`);
  // A checker that sees nothing has not checked.
  process.exitCode = violations.length > 0 || imports === 0 ? 1 : 0;
}
