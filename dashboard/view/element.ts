type Attribute = string | number | boolean | undefined | null;
type Listeners = {
  readonly [Type in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[Type]) => void;
};

export interface Properties {
  /** Says which element of an earlier list this is, so that it keeps focus and scroll place when others come and go. */
  readonly key?: string;
  readonly on?: Listeners;
  /** Custom properties (`--column`), set through CSSOM: the page's policy forbids style attributes. */
  readonly style?: Readonly<Record<`--${string}`, string>>;
  /** Attributes: true stands alone; false, null and undefined mean none. */
  readonly [attribute: string]: Attribute | Listeners | Readonly<Record<string, string>>;
}

/** A description of an element; `patch` makes the page agree with it. Text is only ever text, never markup. */
export interface VirtualElement {
  readonly tag: string;
  readonly key: string | undefined;
  readonly attributes: ReadonlyMap<string, string>;
  readonly listeners: Listeners;
  readonly style: Readonly<Record<string, string>>;
  readonly children: readonly VirtualNode[];
}
export type VirtualNode = VirtualElement | string;
export type Child = VirtualNode | number | null | undefined | false | readonly Child[];

const NONE = {};

/** Describes an element: `h('a', { href: '#/servers' }, 'Servers')`. */
export function h(
  tag: string,
  properties: Properties | null,
  ...children: Child[]
): VirtualElement {
  const { key, on, style, ...rest } = properties ?? {};
  const attributes = new Map<string, string>();
  for (const [name, value] of Object.entries(rest)) {
    if (value === undefined || value === null || value === false) continue;
    attributes.set(name, value === true ? '' : String(value));
  }
  return {
    tag,
    key: key as string | undefined,
    attributes,
    listeners: on ?? NONE,
    style: style ?? NONE,
    children: flat(children),
  };
}

/** Children without gaps and with neighbouring texts joined, so that old and new lists can be compared by place. */
function flat(children: readonly Child[]): readonly VirtualNode[] {
  const nodes: VirtualNode[] = [];
  const add = (child: Child): void => {
    if (child === null || child === undefined || child === false || child === '') return;
    if (Array.isArray(child)) {
      for (const each of child as readonly Child[]) add(each);
      return;
    }
    if (typeof child === 'object') {
      nodes.push(child as VirtualElement);
      return;
    }
    const last = nodes.at(-1);
    if (typeof last === 'string') nodes[nodes.length - 1] = last + String(child);
    else nodes.push(String(child));
  };
  add(children);
  return nodes;
}
