/** What a benchmark is doing, for whoever waits: on stderr, apart from the figures. */
let silent = false;

export function note(text: string): void {
  if (!silent) process.stderr.write(`${text}\n`);
}

/** In tests the progress of a tiny run is noise. */
export function silence(): void {
  silent = true;
}
