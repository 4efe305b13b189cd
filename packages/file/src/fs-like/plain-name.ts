/** On Windows a name can hold what a path there takes for more than a name, and some names are devices. */
const MORE_THAN_A_NAME = /[\\:*?"<>|]|[. ]$|^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i
const onWindows = (globalThis as { process?: { platform?: string } }).process?.platform === 'win32'

/** Whether a name between slashes is one for the file system too. No other is passed to it. */
export function isPlainName(name: string, windows = onWindows): boolean {
  return !windows || !MORE_THAN_A_NAME.test(name)
}
