import { LabOps, type LabMethods } from './lab-ops.js'
import type { KernelObject } from '@ht/core'

/** What the object of a reference can do. */
export function labOf(object: KernelObject | number | undefined): LabMethods {
  if (typeof object !== 'object') throw new Error(`no object but ${String(object)}`)
  return object.as(LabOps)!
}
