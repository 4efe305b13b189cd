import { fstatSync, writeSync } from 'node:fs'
import { isatty } from 'node:tty'
import { createSink, createSource, type SinkInit } from '@ht/kernel/stdio'
import { helpOf } from '../programs/index.js'
import { inputProgram, scriptProgram, shellProgram, type Programs, type ShellOptions } from '../shell/index.js'
import type { Exit } from '@ht/kernel'
import type { CommandLine } from './command-line.js'
import type { Machine } from './machine.js'

/**
 * Runs the commands of a command line, of a file or of standard input on the process's own streams: how the shell
 * ended. What it left in the background is waited for, as nothing of it would live on without this process.
 */
export async function runBatch(
  { kernel, cwd, env }: Machine,
  { from, source, name, args }: CommandLine,
  programs: Programs,
): Promise<Exit> {
  const options: ShellOptions = { programs, help: helpOf, name, args }
  const program =
    from === 'argument' ? shellProgram(source, options) : from === 'file' ? scriptProgram(source, options) : inputProgram(options)
  const shell = kernel.spawn(program, {
    name,
    cwd,
    env,
    stdin: createSource(process.stdin),
    stdout: createSink(outputOf(process.stdout)),
    stderr: createSink(outputOf(process.stderr)),
  })
  const exit = await shell.exited
  for (let left; (left = kernel.tasks()).length > 0;) await Promise.all(left.map((task) => task.exited))
  return exit
}

/** A file is written synchronously, so that a full disk is an error of the write; any other stream when it takes more. */
function outputOf(stream: NodeJS.WriteStream & { fd: 1 | 2 }): SinkInit {
  const { fd } = stream
  const stat = fstatSync(fd)
  if (!stat.isFile() && (!stat.isCharacterDevice() || isatty(fd))) return stream
  return (bytes) => {
    for (let written = 0; written < bytes.length;) written += writeSync(fd, bytes, written)
  }
}
