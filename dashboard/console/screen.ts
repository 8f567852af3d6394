import RFB from '@novnc/novnc';
import { connect, takeToken } from './session.ts';

const ground = (): string =>
  getComputedStyle(document.documentElement).getPropertyValue('--ground').trim();

connect(
  takeToken(),
  {},
  (socket) => {
    const rfb = new RFB(document.querySelector<HTMLElement>('#console')!, socket, { shared: true });
    rfb.scaleViewport = true;
    rfb.background = ground();
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
      rfb.background = ground();
    });
    const keys = document.querySelector<HTMLButtonElement>('#keys')!;
    keys.hidden = false;
    keys.addEventListener('click', () => {
      rfb.sendCtrlAltDel();
      rfb.focus();
    });
    rfb.focus();
  },
  () => document.querySelector<HTMLButtonElement>('#keys')!.remove(),
);
