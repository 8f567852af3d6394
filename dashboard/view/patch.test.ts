import assert from 'node:assert/strict';
import { test } from 'node:test';

/** As much of a document as `patch` touches; it counts what was put somewhere. */
class FakeNode {
  static readonly TEXT_NODE = 3;
  nodeType = 1;
  nodeValue: string | null = null;
  parent: FakeElement | undefined;
  get nextSibling(): FakeNode | null {
    const siblings = this.parent?.childNodes ?? [];
    return siblings[siblings.indexOf(this) + 1] ?? null;
  }
  remove(): void {
    this.parent?.childNodes.splice(this.parent.childNodes.indexOf(this), 1);
    this.parent = undefined;
  }
}
class FakeElement extends FakeNode {
  readonly namespaceURI: string;
  readonly tag: string;
  readonly attributes = new Map<string, string>();
  readonly childNodes: FakeNode[] = [];
  readonly listeners: string[] = [];
  moves = 0;
  readonly style = { setProperty: () => undefined, removeProperty: () => undefined };
  handler: ((this: FakeElement, event: object) => void) | undefined;

  constructor(tag: string, namespace: string) {
    super();
    this.tag = tag;
    this.namespaceURI = namespace;
  }
  get firstChild(): FakeNode | null {
    return this.childNodes[0] ?? null;
  }
  insertBefore(node: FakeNode, place: FakeNode | null): void {
    node.remove();
    node.parent = this;
    this.moves += 1;
    this.childNodes.splice(
      place ? this.childNodes.indexOf(place) : this.childNodes.length,
      0,
      node,
    );
  }
  setAttribute(name: string, value: string): void {
    this.attributes.set(name, value);
  }
  removeAttribute(name: string): void {
    this.attributes.delete(name);
  }
  addEventListener(type: string, handler: (this: FakeElement, event: object) => void): void {
    this.listeners.push(type);
    this.handler = handler;
  }
}

Object.assign(globalThis, {
  Node: FakeNode,
  Element: FakeElement,
  HTMLElement: FakeElement,
  document: {
    activeElement: null,
    createElement: (tag: string) => new FakeElement(tag, 'html'),
    createElementNS: (namespace: string, tag: string) => new FakeElement(tag, namespace),
    createTextNode: (text: string) =>
      Object.assign(new FakeNode(), { nodeType: FakeNode.TEXT_NODE, nodeValue: text }),
  },
});
/** What `h` gives; the tests only hand it on. */
interface Description {
  readonly tag: string;
}
// These modules are for browsers; their names are computed so that this program's types need no document.
const [elementModule, patchModule] = ['./element.ts', './patch.ts'] as string[];
const { h } = (await import(String(elementModule))) as {
  h(tag: string, properties: object | null, ...children: (Description | string)[]): Description;
};
const { patch } = (await import(String(patchModule))) as {
  patch(parent: FakeElement, children: readonly (Description | string)[]): void;
};

const root = () => new FakeElement('main', 'html');
const item = (key: string, text = key) => h('li', { key }, text);
const textOf = (node: FakeNode): string =>
  node instanceof FakeElement ? node.childNodes.map(textOf).join('') : (node.nodeValue ?? '');

test('what stays is the same element and is not moved when others come and go', () => {
  const parent = root();
  patch(
    parent,
    ['a', 'b', 'c'].map((key) => item(key)),
  );
  const [, b, c] = parent.childNodes;
  parent.moves = 0;
  patch(
    parent,
    ['new', 'b', 'c'].map((key) => item(key)),
  );
  assert.equal(parent.childNodes[1], b);
  assert.equal(parent.childNodes[2], c);
  assert.equal(parent.moves, 1, 'only the new one was put somewhere');
  patch(parent, [item('c', 'changed'), item('b')]);
  assert.deepEqual(parent.childNodes, [c, b]);
  assert.deepEqual(parent.childNodes.map(textOf), ['changed', 'b']);
});

test('elements without a key are found by their kind, texts change in place', () => {
  const parent = root();
  patch(parent, ['one', h('p', null, 'text'), h('ul', null)]);
  const [text, p, ul] = parent.childNodes;
  patch(parent, ['two', h('ul', null, item('a'))]);
  assert.deepEqual(parent.childNodes, [text, ul]);
  assert.equal(text?.nodeValue, 'two');
  assert.equal(p?.parent, undefined);
});

test('another kind of element under the same key is another element', () => {
  const parent = root();
  patch(parent, [h('a', { key: 'x' })]);
  const [first] = parent.childNodes;
  patch(parent, [h('button', { key: 'x' })]);
  assert.notEqual(parent.childNodes[0], first);
  assert.equal(parent.childNodes.length, 1);
});

test('attributes come, change and go; only the newest listener is called, and none that is gone', () => {
  const parent = root();
  const called: string[] = [];
  const button = (name: string | undefined, more = {}) =>
    h('button', { ...(name ? { on: { click: () => called.push(name) } } : {}), ...more }, 'press');
  patch(parent, [button('old', { hidden: true, title: 'a' })]);
  const element = parent.childNodes[0] as FakeElement;
  assert.deepEqual(Object.fromEntries(element.attributes), { hidden: '', title: 'a' });
  patch(parent, [button('new', { hidden: false, title: 'b' })]);
  assert.deepEqual(Object.fromEntries(element.attributes), { title: 'b' });
  const press = () => element.handler?.call(element, { type: 'click', currentTarget: element });
  press();
  patch(parent, [button(undefined)]);
  press();
  assert.deepEqual(called, ['new']);
  assert.deepEqual(element.listeners, ['click']);
});

test('drawings are in their own namespace, and what they contain as well', () => {
  const parent = root();
  patch(parent, [h('svg', null, h('path', { d: 'M0 0' }))]);
  const svg = parent.childNodes[0] as FakeElement;
  assert.equal(svg.namespaceURI, 'http://www.w3.org/2000/svg');
  assert.equal((svg.childNodes[0] as FakeElement).namespaceURI, 'http://www.w3.org/2000/svg');
});

test('markup in data is text', () => {
  const parent = root();
  patch(parent, [h('p', null, '<img src=x onerror=alert(1)>')]);
  const [text] = (parent.childNodes[0] as FakeElement).childNodes;
  assert.equal(text?.nodeType, FakeNode.TEXT_NODE);
  assert.equal(text?.nodeValue, '<img src=x onerror=alert(1)>');
});
