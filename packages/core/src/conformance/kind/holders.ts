import { defineKind } from '../../kind/define-kind.js'
import { beginOperation, endOperation } from '../../object/open-object.js'
import { calm, caught, check, equal } from '../assert.js'
import { callEachMethod } from './answers.js'
import type { Handle } from '../../table/slots.js'
import type { HandleTable } from '../../table/handle-table.js'
import type { Rules } from '../runner.js'
import type { ObjectScene } from './scene.js'

const otherKind = defineKind<undefined>({ name: 'conformance:other' })

/** The holders of an object, and when it is released. */
export const holderRules: Rules<ObjectScene> = {
  'insert, lookup and close: the table takes the reference over, and closing ends the object'({ table, object, open }) {
    const handle = table.insert(object)
    check(!object.isLive, 'the reference is still live in the hands of who inserted it')
    equal(
      table.withObject(handle, (lent) => lent.id),
      open.id,
      'the object that the handle names',
    )
    calm(() => {
      table.close(handle)
    }, 'close')
    check(open.released, 'the last handle is closed, and the object is not released')
    equal(
      table.withObject(handle, () => 'called'),
      undefined,
      'a lookup of the closed handle',
    )
  },

  'references delay the release, and the last one brings it'(scene) {
    const { table, object, open } = scene
    const handle = table.insert(object)
    const first = scene.keep(table.get(handle)!)
    const last = scene.keep(table.get(handle)!)
    table.close(handle)
    first.release()
    first.release()
    check(!open.released, 'released while a reference lives')
    callEachMethod(last)
    last.release()
    check(open.released, 'not released after the last reference')
    givenBack(scene)
  },

  'an object lent by withObject works until it returns, whatever is closed meanwhile'({ table, object, open }) {
    const handle = table.insert(object)
    calm(() => {
      table.withObject(handle, (lent) => {
        table.close(handle)
        check(!open.released, 'released while it is lent')
        callEachMethod(lent)
      })
    }, 'closing and using what is lent')
    check(open.released, 'not released after the borrow')
  },

  'an operation under way keeps the object when its handle is closed'({ table, object, open }) {
    const handle = table.insert(object)
    table.withObject(handle, (lent) => {
      beginOperation(open)
      try {
        table.close(handle)
        callEachMethod(lent)
      } finally {
        calm(() => {
          endOperation(open)
        }, 'the end of the operation')
      }
    })
    check(open.released, 'not released after the operation')
  },

  ...ways(),
}

/** For kinds that can be duplicated. */
export const dupRules: Rules<ObjectScene> = {
  'each holder is counted, and goes once'({ table, object, open }) {
    const counts = (holders: number, references: number, after: string) => {
      equal(open.holders, holders, `holders after ${after}`)
      equal(open.references, references, `references after ${after}`)
    }
    const handle = table.insert(object)
    counts(1, 1, 'insert')
    const copy = calm(() => table.dup(handle), 'dup')
    counts(2, 2, 'dup')
    const placed = table.cloneForDup(handle)
    counts(3, 3, 'cloneForDup')
    placed?.release()
    const got = table.get(handle)
    counts(2, 3, 'get')
    got?.release()
    const fork = calm(() => table.deepClone(), 'deepClone')
    counts(4, 4, 'a fork')
    fork.dispose()
    counts(2, 2, "the fork's end")
    table.close(handle)
    counts(1, 1, 'close')
    table.remove(copy)?.release()
    counts(0, 0, 'remove and release')
    check(open.released, 'no holder is left, and the object is not released')
  },

  'a dup that finds no number leaves the counts as they were'({ table, object, open }) {
    const handle = table.insert(object)
    table.setLimit(1)
    caught(() => table.dup(handle), 'dup in a full table')
    equal(open.holders, 1, 'holders')
    equal(open.references, 1, 'references')
    table.withObject(handle, callEachMethod)
  },

  'one holder more or less makes no difference to the others'(scene) {
    const { table, object, open, held } = scene
    const handle = table.insert(object)
    const copy = calm(() => table.dup(handle), 'dup')
    equal(scene.held, held, 'held outside of core after dup')
    table.close(handle)
    check(!open.released, 'released while a handle is open')
    equal(scene.held, held, 'held outside of core while a handle is open')
    table.withObject(copy, callEachMethod)
    table.close(copy)
    check(open.released, 'not released after its last handle')
    givenBack(scene)
  },

  "a dup shares the status flags, and close-on-exec is each handle's own"({ table, object }) {
    const handle = table.insert(object)
    table.updateMetadata(handle, { specialSemantics: ['NonBlocking', 'CloseOnExec'] })
    const copy = calm(() => table.dup(handle), 'dup')
    equal(table.getMetadata(copy)?.specialSemantics.join(), 'NonBlocking', 'semantics of the dup')
    table.updateMetadata(copy, { specialSemantics: [] })
    equal(table.getMetadata(handle)?.specialSemantics.join(), 'CloseOnExec', 'semantics of the original')
  },

  "a fork's copy names the same open object, and lives on its own"(scene) {
    const { table, object, open } = scene
    const handle = table.insert(object)
    const fork = scene.keep(calm(() => table.deepClone(), 'deepClone'))
    table.close(handle)
    check(!open.released, 'released while the copy is open')
    equal(
      fork.withObject(handle, (lent) => lent.id),
      open.id,
      'the object of the copy',
    )
    fork.withObject(handle, callEachMethod)
    fork.close(handle)
    check(open.released, 'not released after the copy was closed')
  },
}

/** For kinds that refuse to be duplicated. */
export const refusedDupRules: Rules<ObjectScene> = {
  'a refused dup, or fork, changes nothing'(scene) {
    const { table, object, open } = scene
    const handle = table.insert(object)
    for (const [what, attempt] of Object.entries({
      dup: () => table.dup(handle),
      cloneForDup: () => table.cloneForDup(handle),
      deepClone: () => table.deepClone(),
    })) {
      caught(attempt, what)
      equal(table.openCount(), 1, `open handles after ${what}`)
      equal(open.holders, 1, `holders after ${what}`)
      equal(open.references, 1, `references after ${what}`)
      table.withObject(handle, callEachMethod)
    }
    table.close(handle)
    check(open.released, 'not released after its only handle')
    givenBack(scene)
  },
}

/** Each way of closing is a rule: the object is released, and what it held is given back. */
function ways(): Rules<ObjectScene> {
  const closing: Record<string, (table: HandleTable, handle: Handle) => void> = {
    close: (table, handle) => table.close(handle),
    closeAll: (table) => table.closeAll(),
    closeRange: (table, handle) => table.closeRange(handle, handle),
    'remove and release': (table, handle) => table.remove(handle)?.release(),
    exec: (table, handle) => {
      table.setCloseOnExec(handle, true)
      table.closeOnExec()
    },
    'dup2 onto its number': (table, handle) => table.dup2(table.insert(otherKind.open(undefined)), handle),
    'the end of its table': (table) => table.dispose(),
  }
  const rules: Record<string, (scene: ObjectScene) => void> = {
    'released by a reference that no table ever had'(scene) {
      calm(() => {
        scene.object.release()
      }, 'release')
      givenBack(scene)
    },
  }
  for (const [way, close] of Object.entries(closing)) {
    rules[`released by ${way}`] = (scene) => {
      const handle = scene.table.insert(scene.object)
      calm(() => {
        close(scene.table, handle)
      }, way)
      givenBack(scene)
    }
  }
  return rules
}

/** The object is released, and the kind holds no more than before there was one. */
function givenBack(scene: ObjectScene): void {
  check(scene.open.released, 'the object is not released')
  scene.peer?.release()
  equal(scene.held, scene.heldBefore, 'held outside of core after the release')
}
