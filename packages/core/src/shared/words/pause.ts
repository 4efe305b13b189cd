/**
 * A place between two atomic steps, where a test may hold the thread. Each call stands under the label `PAUSE`,
 * and what is shipped is built without them.
 *
 * @internal
 */
export function pause(point: string): void {
  hold?.(point)
}

/** Whether a test holds this thread at pause points, so that steps have to be taken one by one. @internal */
export function isHeld(): boolean {
  return hold !== undefined
}

let hold: ((point: string) => void) | undefined

/** Has a function called at each pause point, in this thread; undefined ends that. Only tests do. @internal */
export function holdAtPauses(next: ((point: string) => void) | undefined): void {
  hold = next
}
