import type { VirtualElement, VirtualNode } from './element.ts';

const SVG = 'http://www.w3.org/2000/svg';

/** What an element was last made to be. */
const present = new WeakMap<Element, VirtualElement>();

/**
 * Makes the children of an element what the descriptions say, changing only what differs. Elements that stay keep
 * their focus, scroll place and what a person typed.
 */
export function patch(parent: Element, children: readonly VirtualNode[]): void {
  const focused = document.activeElement;
  patchChildren(parent, children);
  // An element that had to move loses its focus on the way.
  if (focused instanceof HTMLElement && focused !== document.activeElement && focused.isConnected) {
    focused.focus({ preventScroll: true });
  }
}

function patchChildren(parent: Element, children: readonly VirtualNode[]): void {
  const reusable = reuse(parent, children);
  const kept = new Set<Node>(reusable.filter((node) => node !== undefined));
  // What goes goes first: then what stays need not move.
  for (const node of Array.from(parent.childNodes).filter((each) => !kept.has(each))) node.remove();
  let place: ChildNode | null = parent.firstChild;
  children.forEach((child, index) => {
    const node = reusable[index] ?? create(child, parent);
    if (node === place) place = place.nextSibling;
    else parent.insertBefore(node, place);
    if (typeof child === 'string') {
      if (node.nodeValue !== child) node.nodeValue = child;
    } else {
      update(node as Element, child);
    }
  });
}

/** For each description the node that already is it: by key, or the next of its kind among those without one. */
function reuse(parent: Element, children: readonly VirtualNode[]): (ChildNode | undefined)[] {
  const keyed = new Map<string, ChildNode>();
  const others: ChildNode[] = [];
  for (const node of parent.childNodes) {
    const known = node instanceof Element ? present.get(node) : undefined;
    if (known?.key === undefined) others.push(node);
    else keyed.set(`${known.tag} ${known.key}`, node);
  }
  let next = 0;
  return children.map((child) => {
    if (typeof child !== 'string' && child.key !== undefined) {
      const name = `${child.tag} ${child.key}`;
      const node = keyed.get(name);
      keyed.delete(name);
      return node;
    }
    for (let index = next; index < others.length; index += 1) {
      const node = others[index] as ChildNode;
      if (!isKind(node, child)) continue;
      next = index + 1;
      return node;
    }
    return undefined;
  });
}

const isKind = (node: ChildNode, child: VirtualNode): boolean =>
  typeof child === 'string'
    ? node.nodeType === Node.TEXT_NODE
    : node instanceof Element && present.get(node)?.tag === child.tag;

function create(child: VirtualNode, parent: Element): ChildNode {
  if (typeof child === 'string') return document.createTextNode(child);
  const namespace = child.tag === 'svg' ? SVG : parent.namespaceURI;
  return namespace === SVG
    ? document.createElementNS(SVG, child.tag)
    : document.createElement(child.tag);
}

function update(element: Element, next: VirtualElement): void {
  const last = present.get(element);
  if (last === next) return;
  present.set(element, next);
  for (const [name, value] of next.attributes) {
    if (last?.attributes.get(name) !== value) element.setAttribute(name, value);
  }
  for (const name of last?.attributes.keys() ?? []) {
    if (!next.attributes.has(name)) element.removeAttribute(name);
  }
  const { style } = element as HTMLElement;
  for (const [name, value] of Object.entries(next.style)) {
    if (last?.style[name] !== value) style.setProperty(name, value);
  }
  for (const name of Object.keys(last?.style ?? {})) {
    if (!(name in next.style)) style.removeProperty(name);
  }
  for (const type of Object.keys(next.listeners)) {
    if (!(type in (last?.listeners ?? {}))) element.addEventListener(type, dispatch);
  }
  patchChildren(element, next.children);
}

/** One listener for all: it asks the newest description what to do. */
function dispatch(this: EventTarget, event: Event): void {
  const element = event.currentTarget as Element;
  const listeners = present.get(element)?.listeners as
    | Readonly<Record<string, ((event: Event) => void) | undefined>>
    | undefined;
  listeners?.[event.type]?.(event);
}
