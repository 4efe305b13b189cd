import js from '@eslint/js'
import { defineConfig } from 'eslint/config'
import tseslint from 'typescript-eslint'

/** The floors of `packages/core/src/shared`, from the bottom: what is in one stands on those before it. */
const FLOORS = ['words', 'ring', 'hot', 'objects', 'waits', 'kinds', 'calls', 'thread', 'table']

export default defineConfig(
  { ignores: ['**/dist/', '**/.bench/', '**/coverage/', 'examples/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      // The label PAUSE marks what only tests run, and the build drops.
      'no-unused-labels': 'off',
      // What a signal was aborted with, or a hook threw, is passed on as it is.
      '@typescript-eslint/only-throw-error': ['error', { allowThrowingAny: true, allowThrowingUnknown: true }],
      // Methods are put on prototypes under a second name, and looked at to check what was passed in.
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // An empty interface is one that other packages augment.
      '@typescript-eslint/no-empty-object-type': ['error', { allowInterfaces: 'always' }],
      // The compiler takes each read of an array for possibly undefined; `!` is how a loop says
      // that it stays within bounds, and it costs nothing there.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/non-nullable-type-assertion-style': 'error',
    },
  },
  {
    files: ['packages/*/src/**'],
    ignores: ['packages/file/src/host/**', 'packages/socket/src/tcp/**'],
    rules: {
      'no-restricted-imports': ['error', { patterns: [{ regex: '^node:', message: 'This entry is for browsers too.' }] }],
    },
  },
  ...FLOORS.slice(0, -1).map((floor, i) =>
    forbidImports(
      `packages/core/src/shared/${floor}/**`,
      `^\\.\\./(${[...FLOORS.slice(i + 1), 'index\\.js'].join('|')})`,
      `No import goes up: ${floor} stands on ${['core', ...FLOORS.slice(0, i)].join(', ')}.`,
    ),
  ),
  forbidImports(
    'packages/core/src/{bytes,errors,kind,object,ops,ready,socket,streams,table}/**',
    '/shared/',
    'Shared memory stands on this, and this on nothing of it.',
  ),
  {
    // Another thread's dup2 may come between two looks at a handle.
    files: ['packages/kernel/src/**'],
    rules: {
      'no-restricted-properties': [
        'error',
        ...['accessBits', 'getMetadata', 'isCloseOnExec'].map((property) => ({
          property,
          message: 'A call decides by the look that protects its object: borrow(handle, mode), foundAccess, cloneWithMetadata.',
        })),
      ],
    },
  },
  {
    files: ['**/test/**', '**/bench/**'],
    rules: {
      // What a test passes in has the shape that is asked for, and often does nothing.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-empty-function': 'off',
    },
  },
  {
    files: ['**/*.{js,mjs}'],
    extends: [tseslint.configs.disableTypeChecked],
    // The compiler checks these names, and knows the globals.
    rules: { 'no-undef': 'off' },
  },
)

/**
 * Files that must not import what matches a pattern, types included.
 * @param {string} files
 * @param {string} regex
 * @param {string} message
 * @returns {import('eslint').Linter.Config}
 */
function forbidImports(files, regex, message) {
  // By another name than the rule above: of one rule, only the last setting counts.
  return { files: [files], rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns: [{ regex, message }] }] } }
}
