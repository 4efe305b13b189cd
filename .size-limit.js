// What a program pays for each part: minified and gzipped, with what it imports, peers aside.
// Raising a limit needs a reason in the commit that does so.
const LIMITS = [
  { path: 'packages/core/dist/index.js', import: '{ HandleTable, defineKind }', limit: '11 kB' },
  { path: 'packages/core/dist/index.js', limit: '14.6 kB' },
  { path: 'packages/core/dist/shared.js', limit: '39.8 kB' },
  { path: 'packages/pipe/dist/index.js', limit: '3 kB' },
  { path: 'packages/pipe/dist/shared.js', limit: '3 kB' },
  { path: 'packages/file/dist/memory.js', limit: '6.6 kB' },
  { path: 'packages/socket/dist/index.js', limit: '4 kB' },
  { path: 'packages/socket/dist/shared.js', limit: '6 kB' },
  { path: 'packages/kernel/dist/index.js', limit: '17.7 kB' },
  { path: 'packages/kernel/dist/threads.js', limit: '10.9 kB' },
  { path: 'packages/kernel/dist/worker.js', limit: '20.6 kB' },
]

export default LIMITS.map((it) => ({
  name: [it.path, it.import].filter(Boolean).join(' '),
  ...it,
  gzip: true,
  ignore: ['@ht/*'],
  // As a module, so that peers stay imports and every export counts.
  modifyEsbuildConfig: (/** @type {object} */ config) => ({ ...config, format: 'esm' }),
}))
