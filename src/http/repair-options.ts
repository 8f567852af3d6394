/** Member `repair` of `<home>/config.json`. */
export interface RepairOptions {
  /** Pause between two comparisons of everything in the background, in seconds; 0: never. */
  readonly comparisonSeconds: number;
}

const DEFAULT_SECONDS = 120;
const DAY = 86_400;

/** Reads `{"repair": {"comparison_seconds": 120}}`; fails with a sentence that says what may stand there. */
export function readRepairOptions(value: unknown): RepairOptions {
  if (value === undefined) return { comparisonSeconds: DEFAULT_SECONDS };
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error('config.json: "repair" must be an object: {"comparison_seconds": 120}');
  const unknown = Object.keys(value).find((name) => name !== 'comparison_seconds');
  if (unknown !== undefined)
    throw new Error(`config.json: "repair" has no option "${unknown}", only comparison_seconds`);
  const { comparison_seconds: seconds = DEFAULT_SECONDS } = value as Record<string, unknown>;
  if (typeof seconds !== 'number' || !Number.isInteger(seconds) || seconds < 0 || seconds > DAY)
    throw new Error(
      'config.json: repair.comparison_seconds is a whole number of seconds up to 86400; 0 means never',
    );
  return { comparisonSeconds: seconds };
}
