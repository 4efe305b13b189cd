import { answers, check, equal, equalList, succeeds } from '../assert.js'
import type { Rules } from '../runner.js'
import type { SharedScene } from './scene.js'

/** Of any object, however it was opened: what threads share of it, and when it is released. */
export const sharedObjectRules: Rules<SharedScene> = {
  async 'another thread finds the same object, with the same capabilities'({ here, there, reader }) {
    const [mine, other] = [here.info(reader), await there.ask('info', reader)]
    check(other !== undefined, 'the other thread does not find the handle')
    for (const what of ['id', 'kindName', 'objectType', 'accessMode', 'holders', 'description'] as const) {
      equal(other[what], mine?.[what], `${what}, as the other thread sees it,`)
    }
    equalList(other.capabilities, mine?.capabilities ?? [], 'capabilities in the other thread')
  },

  async 'status flags that one thread sets are seen by the other'({ here, there, reader }) {
    answers(here.setFlags(reader, ['NonBlocking']), 0, 'to set NonBlocking here')
    equalList((await there.ask('flags', reader)) ?? [], ['NonBlocking'], 'flags in the other thread')
    answers(await there.ask('setFlags', reader, ['Append']), 0, 'to set Append there')
    equalList(here.flags(reader) ?? [], ['Append'], 'flags that the other thread has set')
  },

  async 'a handle that one thread closes is closed for the other'({ here, there, reader }) {
    answers(await there.ask('close', reader), 0, 'a close in the other thread')
    equal(here.info(reader), undefined, 'what this thread finds')
    answers(here.close(reader), 'EBADF', 'a second close')
  },

  async 'released once, when the other thread closes the last handle'(scene) {
    for (const handle of all(scene)) answers(await scene.there.ask('close', handle), 0, 'a close in the other thread')
    await scene.givenBack()
  },

  async 'released once, when this thread closes the last handle of what the other one has used'(scene) {
    for (const handle of all(scene)) await scene.there.ask('info', handle)
    for (const handle of all(scene)) answers(scene.here.close(handle), 0, 'a close')
    await scene.givenBack()
  },

  async 'the object lives while another thread has a reference, and is released with it'(scene) {
    for (const handle of all(scene)) {
      answers(await scene.there.ask('keep', handle), 0, 'a reference in the other thread')
      answers(scene.here.close(handle), 0, 'a close')
    }
    check(scene.isHeld(), 'released while another thread has a reference')
    await scene.there.ask('letGo')
    await scene.givenBack()
  },

  async 'the object lives while this thread has a reference, whatever the other one closes'(scene) {
    for (const handle of all(scene)) {
      answers(scene.here.keep(handle), 0, 'a reference')
      answers(await scene.there.ask('close', handle), 0, 'a close in the other thread')
    }
    check(scene.isHeld(), 'released while a reference lives')
    scene.here.letGo()
    await scene.givenBack()
  },

  async 'a thread that dies gives back what it had: the object is released once'(scene) {
    for (const handle of all(scene)) {
      answers(await scene.there.ask('keep', handle), 0, 'a reference in the other thread')
      answers(scene.here.close(handle), 0, 'a close')
    }
    check(scene.isHeld(), 'released while another thread has a reference')
    await scene.there.end()
    await scene.givenBack()
  },

  async 'released once, when two threads let go of the last references at the same time'(scene) {
    for (const handle of all(scene)) answers(scene.here.close(handle), 0, 'a close')
    for (let i = 0; i < 30; i++) {
      const handles = await scene.openMore()
      for (const handle of handles) {
        answers(await scene.there.ask('keep', handle), 0, 'a reference in the other thread')
        answers(scene.here.keep(handle), 0, 'a reference')
        answers(scene.here.close(handle), 0, 'a close')
      }
      const letGo = scene.there.ask('letGo')
      scene.here.letGo()
      await letGo
    }
    await scene.givenBack()
  },
}

/** The same, where objects can be duplicated. */
export const sharedDupRules: Rules<SharedScene> = {
  async 'a dup that another thread makes is one of the same object, and shares its flags'({ here, there, reader }) {
    const copy = succeeds(await there.ask('dup', reader), 'a dup in the other thread')
    equal(here.info(copy)?.id, here.info(reader)?.id, 'the number of the object')
    equal(here.info(reader)?.holders, 2, 'holders, seen here,')
    answers(await there.ask('setFlags', copy, ['NonBlocking']), 0, 'to set NonBlocking on the dup')
    equalList(here.flags(reader) ?? [], ['NonBlocking'], 'flags of the first handle')
  },

  async 'what one thread closes leaves the dup of another one usable'({ here, there, reader }) {
    const copy = succeeds(await there.ask('dup', reader), 'a dup in the other thread')
    const before = await there.ask('info', copy)
    answers(here.close(reader), 0, 'a close')
    const after = await there.ask('info', copy)
    equal(after?.id, before?.id, 'the number of the object')
    equal(after?.holders, 1, 'holders, seen there,')
    answers(await there.ask('setFlags', copy, ['NonBlocking']), 0, 'to set NonBlocking on the dup')
  },

  async 'released once, when two threads close the last two handles at the same time'(scene) {
    for (const handle of all(scene)) answers(scene.here.close(handle), 0, 'a close')
    for (let i = 0; i < 30; i++) {
      const handles = await scene.openMore()
      const copies = handles.map((handle) => succeeds(scene.here.dup(handle), 'a dup'))
      const closes = copies.map((copy) => scene.there.ask('close', copy))
      for (const handle of handles) answers(scene.here.close(handle), 0, 'a close')
      for (const close of closes) answers(await close, 0, 'a close in the other thread')
    }
    await scene.givenBack()
  },
}

function all({ reader, writer }: SharedScene): number[] {
  return reader === writer ? [reader] : [reader, writer]
}
