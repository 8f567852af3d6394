/** The views of the page, in the order of its menu. */
export const VIEWS = [
  'overview',
  'servers',
  'networks',
  'routers',
  'floating-ips',
  'security-groups',
  'images',
  'hypervisors',
] as const;
export type View = (typeof VIEWS)[number];

/** Where a person is: a view, and the server whose panel is open beside it. */
export interface Route {
  readonly view: View;
  readonly server: string | undefined;
}

/** Reads the fragment of the address: `#/servers`, `#/overview/server/<id>`; anything else is the overview. */
export function routeOf(fragment: string): Route {
  const [view, kind, id] = fragment.replace(/^#?\/?/, '').split('/');
  return {
    view: VIEWS.find((each) => each === view) ?? 'overview',
    server: kind === 'server' && id ? decode(id) : undefined,
  };
}

export const linkTo = ({ view, server }: Route): string =>
  `#/${view}${server === undefined ? '' : `/server/${encodeURIComponent(server)}`}`;

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
