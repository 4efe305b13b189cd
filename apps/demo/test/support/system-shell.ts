import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { filesIn, fill, withoutFolder, type Outcome, type Scene } from './scene.js'

/** Whether this machine has the shell that ours is compared with. */
export const hasSystemShell = spawnSync('bash', ['--version']).status === 0

/** A line that has not ended by then is ended, with status 124. */
const TIMEOUT_S = 800

/*
 * Runs a line in each of the folders that it is given, four at once. It does so by itself, since this process has other
 * things to do, and takes long to fork.
 */
const DRIVER = `
  finish() { wait $1; echo $? >$2/status; };
  folders=("$@");
  for i in "\${!folders[@]}"; do
    if ((i >= 4)); then finish \${pids[i - 4]} \${folders[i - 4]}; fi;
    (
      cd "\${folders[i]}/work" || exit;
      unset OLDPWD;
      IFS= read -r -d '' line <../line;
      unset SHLVL;
      exec bash -c -- "$line" "$NAME" <../stdin >../stdout 2>../stderr
    ) &
    pids[i]=$!;
  done;
  for ((i = i < 3 ? 0 : i - 3; i < $#; i++)); do finish \${pids[i]} \${folders[i]}; done
`
/** Runs each scene's line by \`bash -c\`, in a folder of its own below \`base\`: what came of each, in their order. */
export async function runBySystem(
  base: string,
  scenes: readonly Scene[],
  environment: Readonly<Record<string, string>>,
  name: string,
): Promise<Outcome[]> {
  const folders = scenes.map((scene, i) => {
    const folder = join(base, folderName(i))
    mkdirSync(join(folder, 'work'), { recursive: true })
    fill(join(folder, 'work'), scene)
    writeFileSync(join(folder, 'line'), `${scene.line}\0`)
    writeFileSync(join(folder, 'stdin'), scene.stdin ?? '', 'latin1')
    writeFileSync(join(folder, 'status'), '124')
    return folder
  })
  const script = `NAME=${name}\n${DRIVER}`
  await new Promise<void>((resolve, reject) => {
    const child = spawn('bash', ['-c', script, 'driver', ...folders], {
      env: environment,
      stdio: 'ignore',
      timeout: TIMEOUT_S * 1000,
    })
    child.on('error', reject)
    child.on('exit', () => resolve())
  })
  return folders.map((folder) => {
    const read = (file: string) => readFileSync(join(folder, file), 'latin1')
    const outcome = {
      status: Number(read('status')),
      stdout: read('stdout'),
      stderr: read('stderr'),
      files: filesIn(join(folder, 'work')),
    }
    return withoutFolder(outcome, folder)
  })
}

/** As long as the folder's name that our own shell runs in, since paths are part of what is compared. */
function folderName(index: number): string {
  return `s${String(index).padStart(6, '0')}`
}
