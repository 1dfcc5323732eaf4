/**
 * Node warns once a process when a timer is set with a negative delay. For a library that does so, and is not going to change,
 * the warning is used up here, told to nobody: a user can do nothing about it.
 */
export function silenceTimersInThePast(): void {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  clearTimeout(setTimeout(() => {}, -1));
  process.emitWarning = emitWarning;
}
