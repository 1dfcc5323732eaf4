/** What a process has used, as the kernel accounts for it. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Microseconds in a clock tick: `getconf CLK_TCK` is 100 on every Linux that Node runs on. */
const TICK_MICROSECONDS = 10_000;

/** CPU time, user and system, of a process and its threads so far, in microseconds; steps of 10 ms. Linux only. */
export function cpuMicroseconds(pid: number): number {
  // The name of the program stands in brackets and may hold blanks: fields are counted from behind it.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MICROSECONDS;
}

export interface Memory {
  readonly residentBytes: number;
  /** Most that has been resident since the start. */
  readonly peakBytes: number;
  /** The part of it that no file is behind: heap, buffers, stacks. */
  readonly anonymousBytes: number;
  /** The part of it that are pages of files: Node itself, libraries, and what was read of a mapped log. */
  readonly fileBytes: number;
}

/** Linux only. */
export function memoryOf(pid: number): Memory {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kibibytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]);
  return {
    residentBytes: kibibytes('VmRSS') * 1024,
    peakBytes: kibibytes('VmHWM') * 1024,
    anonymousBytes: kibibytes('RssAnon') * 1024,
    fileBytes: kibibytes('RssFile') * 1024,
  };
}

/** Resident memory on every system that has `ps`. */
export function residentBytes(pid: number): number {
  if (process.platform === 'linux') return memoryOf(pid).residentBytes;
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) * 1024;
}
