/** Columns of text; the first is flush left, the others flush right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? "").length)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("  ")
      .trimEnd();
  return [line(head), widths.map((width) => "-".repeat(width)).join("  "), ...rows.map(line)].join("\n");
}

/** Three significant digits, as measurements are worth. */
export function milliseconds(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return "-";
  return value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
}

/** How many times as fast as the reference: 2.0 is half its time. */
export function timesAsFast(own: number, reference: number | undefined): string {
  if (reference === undefined || Number.isNaN(reference / own)) return "-";
  const ratio = reference / own;
  return `${ratio.toFixed(ratio < 10 ? 1 : 0)}×`;
}

export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
