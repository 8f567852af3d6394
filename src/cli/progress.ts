import type { SupervisorEvent } from '../cloud/supervisor.ts';

/** Shows what is being done while a cloud comes up. */
export interface Progress {
  show(event: SupervisorEvent): void;
  /** No more events: the moving part is wiped away. */
  end(): void;
}

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/** A line when something is done; on a terminal below them what is under way, with its time. */
export function createProgress(stream: NodeJS.WriteStream): Progress {
  const running = new Map<string, { title: string; since: number }>();
  const moving = stream.isTTY;
  let drawn = 0;
  let frame = 0;
  const wipe = () => {
    if (drawn > 0) stream.write(`\u001B[${drawn}A\u001B[J`);
    drawn = 0;
  };
  const draw = () => {
    if (!moving) return;
    wipe();
    const lines = [...running.values()].map(
      ({ title, since }) =>
        `${FRAMES[frame % FRAMES.length]} ${title} ${inSeconds(performance.now() - since)}\n`,
    );
    stream.write(lines.join(''));
    drawn = lines.length;
  };
  const timer = moving
    ? setInterval(() => {
        frame++;
        draw();
      }, 100)
    : undefined;
  timer?.unref();
  return {
    show(event) {
      if (event.kind === 'begin') {
        running.set(event.name, { title: event.title, since: performance.now() });
      } else {
        running.delete(event.name);
        wipe();
        stream.write(`${lineOf(event)}\n`);
      }
      draw();
    },
    end() {
      clearInterval(timer);
      wipe();
    },
  };
}

/** The line that stays. */
export function lineOf(event: Exclude<SupervisorEvent, { kind: 'begin' }>): string {
  if (event.kind === 'trouble') return `✗ ${event.name}: ${event.message}`;
  const how = event.how === 'adopted' ? 'was running' : inSeconds(event.milliseconds);
  return `✓ ${event.title.padEnd(40)} ${how}`;
}

/** Milliseconds as people read them: `0.43 s`. */
export const inSeconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(2)} s`;
