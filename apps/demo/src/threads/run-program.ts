/** The program of each task that runs in a worker: which one it is, the task's name says, as the command did. */
import { programs } from '../programs/index.js'
import type { Program } from '@ht/kernel'

const runProgram: Program = (task) => programs[task.name.replace(/^.*\//, '')]!(task)

export default runProgram
