import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { env } from 'node:process'
import { chromium, type Browser } from 'playwright-core'

/** What Chromium is called, by those who package it. */
const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']

/** How long a browser and its pages may take, on a busy machine too. */
export const LIMIT_MS = 600_000

/** Where Chromium is; undefined when there is none on the path. */
export function findChromium(): string | undefined {
  const folders = (env['PATH'] ?? '').split(delimiter).filter((it) => it !== '')
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable)
}

/** Starts it, with a profile of its own that goes with it, and without anything that looks for a network. */
export function startChromium(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    timeout: LIMIT_MS,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
