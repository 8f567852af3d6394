/** As far as we use it: https://github.com/novnc/noVNC/blob/master/docs/API.md */
declare module '@novnc/novnc' {
  export default class RFB extends EventTarget {
    constructor(target: HTMLElement, channel: WebSocket, options?: { shared?: boolean });
    background: string;
    scaleViewport: boolean;
    focusOnClick: boolean;
    focus(): void;
    sendCtrlAltDel(): void;
  }
}
