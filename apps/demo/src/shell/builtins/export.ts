import { inQuotes } from '../quoting.js'
import { isName } from '../variables.js'
import { takeOptions, type Builtin } from './builtin.js'

export const exportBuiltin: Builtin = async (shell, args) => {
  const { options, operands } = takeOptions(args, 'fnp', 'export [-fn] [name[=value] ...] or export -p')
  const { variables } = shell
  if (operands.length === 0) {
    if (options.includes('f')) return 0
    for (const [name, value] of variables.exported()) {
      await shell.print(`declare -x ${name}${value === undefined ? '' : `=${inQuotes(value)}`}\n`)
    }
    return 0
  }
  let status = 0
  for (const operand of operands) {
    const [, name = operand, append, value] = /^([^=]*?)(\+?)=([^]*)$/.exec(operand) ?? []
    if (!isName(name) || options.includes('f')) {
      await shell.complain(
        options.includes('f') ? `export: ${operand}: not a function` : `export: \`${operand}': not a valid identifier`,
      )
      status = 1
      continue
    }
    if (value !== undefined) variables.set(name, append === '+' ? `${variables.get(name) ?? ''}${value}` : value)
    variables.mark(name, !options.includes('n'))
  }
  return status
}
