import { FitAddon } from '@xterm/addon-fit';
import { Terminal } from '@xterm/xterm';
import { connect, takeToken } from './session.ts';
import { allowStyles } from './strict-styles.ts';

/** Pause until a new size is told, in milliseconds: a window is drawn larger in many steps. */
const SETTLING = 100;

const colour = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

const theme = () => ({
  background: colour('ground'),
  foreground: colour('text'),
  cursor: colour('accent'),
  cursorAccent: colour('ground'),
  selectionBackground: colour('accent'),
  selectionForeground: colour('on-accent'),
});

allowStyles();
const terminal = new Terminal({
  cursorBlink: true,
  fontFamily: colour('mono'),
  fontSize: 14,
  // Programs choose colours for a dark ground; on ours they stay readable.
  minimumContrastRatio: 4.5,
  scrollback: 5000,
  theme: theme(),
});
const fit = new FitAddon();
terminal.loadAddon(fit);
terminal.open(document.querySelector<HTMLElement>('#console')!);
fit.fit();
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  terminal.options.theme = theme();
});

const encoder = new TextEncoder();
let socket: WebSocket | undefined;
const send = (data: string | Uint8Array<ArrayBuffer>) => {
  if (socket?.readyState === WebSocket.OPEN) socket.send(data);
};
terminal.onData((text) => send(encoder.encode(text)));
// Mouse reports may hold bytes that are no UTF-8.
terminal.onBinary((text) => send(Uint8Array.from(text, (character) => character.charCodeAt(0))));
terminal.onResize(({ cols: columns, rows }) => send(JSON.stringify({ columns, rows })));

let settling: number | undefined;
new ResizeObserver(() => {
  clearTimeout(settling);
  settling = setTimeout(() => fit.fit(), SETTLING);
}).observe(document.querySelector('#console')!);

connect(
  takeToken(),
  { columns: String(terminal.cols), rows: String(terminal.rows) },
  (opened) => {
    socket = opened;
    opened.addEventListener('message', ({ data }) => terminal.write(new Uint8Array(data)));
    terminal.focus();
  },
  () => {
    terminal.options.disableStdin = true;
    terminal.options.cursorBlink = false;
  },
);
