// Runs with the machine's own Node >= 20 and only what that brings: it makes Node 24 and everything else be there, then
// hands over to infra/local/<command>.ts.
import { spawn } from 'node:child_process'
import { createWriteStream, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { installStamp, isInstalled, stampFile } from './install-stamp.mjs'
import { withLock } from './lock.mjs'

const clone = resolve(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '../..')
const bin = join(clone, 'node_modules/.bin')
const node24 = join(bin, 'node')
const installLog = join(clone, '.data/install.log')
const commands = ['start', 'demo', 'test', 'bench', 'service']
const isLive = process.stdout.isTTY === true && !process.env.CI

const [command = '', ...args] = process.argv.slice(2)

/** The machine lacks something: told in words. */
class Missing extends Error {}

try {
  if (!commands.includes(command)) throw new Missing(`usage: npm run <${commands.join(' | ')}>`)
  const major = Number(process.versions.node.split('.')[0])
  if (major < 20)
    throw new Missing(`Node 20 or newer is needed; this is ${process.version}.\nInstall one from https://nodejs.org/`)
  await ensureDependencies()
  process.exitCode = await run(node24, [join(clone, 'infra/local', `${command}.ts`), ...args])
} catch (err) {
  process.stderr.write(
    err instanceof Missing
      ? `\nCannot go on: ${err.message}\n`
      : `\n${err instanceof Error ? err.stack : String(err)}\n`,
  )
  if (command === 'test') console.log('\n0 passed, 1 failed')
  process.exitCode = 1
}

/** Two commands may come here at once: the second waits, and then finds everything installed. */
async function ensureDependencies() {
  if (isReady()) return
  try {
    mkdirSync(join(clone, '.data'), { recursive: true })
  } catch (err) {
    throw new Missing(explain(String(err), 1))
  }
  const onWait = (/** @type {number} */ pid) =>
    console.log(`  waiting for process ${pid}, which is installing the dependencies`)
  await withLock(join(clone, '.data/install.lock'), { onWait }, async () => {
    if (!isReady()) await install()
  })
}

function isReady() {
  return existsSync(node24) && isInstalled(clone)
}

async function install() {
  const startedAt = Date.now()
  const seconds = () => `${((Date.now() - startedAt) / 1000).toFixed(isLive ? 0 : 1)} s`
  const stamp = installStamp(clone)
  let progress = 'asking npx for pnpm'
  const show = () => {
    if (isLive) process.stdout.write(`\r\x1b[2K… Dependencies  ${progress} (${seconds()})`)
  }
  if (!isLive) console.log('… Dependencies  installing with pnpm')
  const spinner = setInterval(show, isLive ? 200 : 10_000)
  let shownAt = Date.now()
  const { code, output } = await runPnpm((line) => {
    const counts = /^Progress: (.*?)(, done)?$/.exec(line)?.[1]
    if (counts) progress = counts
    else if (/ (preinstall|install|postinstall)[:$]/.test(line))
      progress = 'running install scripts (Node 24, Postgres)'
    if (!isLive && counts && Date.now() - shownAt > 5_000) {
      shownAt = Date.now()
      console.log(`  ${progress} (${seconds()})`)
    }
  })
  clearInterval(spinner)
  if (isLive) process.stdout.write('\r\x1b[2K')
  if (code !== 0) throw new Missing(explain(output, code))
  if (!existsSync(node24))
    throw new Missing(`the package "node" did not bring Node 24 (${node24} is missing).\nWhole output: ${installLog}`)
  writeFileSync(stampFile(clone), stamp)
  console.log(`✔ Dependencies  ${seconds()}`)
}

/**
 * Brings pnpm through npx, in the version that package.json names, and installs what the lockfile says.
 *
 * @param {(line: string) => void} onLine
 * @returns {Promise<{ code: number, output: string }>}
 */
function runPnpm(onLine) {
  const { packageManager } = JSON.parse(readFileSync(join(clone, 'package.json'), 'utf8'))
  rmSync(stampFile(clone), { force: true })
  return new Promise((resolve) => {
    const log = createWriteStream(installLog)
    log.on('error', () => undefined)
    let output = ''
    // CI: no questions, whatever is in node_modules.
    const child = spawn('npx', ['--yes', packageManager, 'install', '--frozen-lockfile', '--reporter=append-only'], {
      cwd: clone,
      env: { ...process.env, CI: 'true', NO_COLOR: '1', npm_config_update_notifier: 'false', npm_config_fund: 'false' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const stopWith = passSignals(child)
    let rest = ''
    const read = (/** @type {Buffer} */ chunk) => {
      log.write(chunk)
      output = (output + chunk).slice(-20_000)
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() ?? ''
      lines.forEach(onLine)
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.once('error', (err) => finish(1, `${output}\n${err.message}`))
    child.once('close', (code) => finish(code ?? 1, output))
    /** @param {number} code @param {string} said */
    function finish(code, said) {
      log.end()
      const signal = stopWith()
      if (signal !== undefined) process.exit(128 + constants.signals[signal])
      resolve({ code, output: said })
    }
  })
}

/**
 * What went wrong in the installation, and what to do about it.
 *
 * @param {string} output
 * @param {number} code
 */
function explain(output, code) {
  if (/spawn npx ENOENT/.test(output)) {
    return 'npm (with npx) is not on the PATH.\nInstall it (Debian: apt-get install npm) and try again.'
  }
  if (/ENOSPC|no space left/i.test(output))
    return 'the disk is full.\nFree about 1 GB (clone and pnpm store) and try again.'
  if (/ERR_PNPM_OUTDATED_LOCKFILE/.test(output)) {
    const reason = output
      .split('\n')
      .filter((line) => /^ +\* /.test(line))
      .join('\n')
    return `pnpm-lock.yaml does not fit the package.json files:\n${reason}\nRun: npx pnpm install --no-frozen-lockfile`
  }
  if (
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|network|dns error|error sending request/i.test(
      output,
    )
  ) {
    return `the npm registry does not answer; the first run needs it (later ones do not).\nCheck the connection (npm ping) and a proxy if you have one (npm config get proxy), then try again.\nWhole output: ${installLog}`
  }
  if (/EACCES|EPERM|permission denied/i.test(output)) {
    return `no permission to write.\nThe clone, ~/.npm and pnpm's store must belong to you.\n${lastLines(output)}`
  }
  return `installing the dependencies failed (code ${code}):\n${lastLines(output)}\nWhole output: ${installLog}`
}

/** @param {string} output */
function lastLines(output) {
  return output
    .trimEnd()
    .split('\n')
    .slice(-12)
    .map((line) => `  ${line}`)
    .join('\n')
}

/**
 * Runs the command with Node 24, first on the PATH. Should we be killed, it notices by the closed channel and stops.
 *
 * @param {string} program
 * @param {string[]} programArgs
 * @returns {Promise<number>}
 */
function run(program, programArgs) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, programArgs, {
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
      env: { ...process.env, PATH: [bin, process.env.PATH].join(delimiter) },
    })
    passSignals(child)
    child.once('error', reject)
    child.once('close', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)))
  })
}

/**
 * Passes signals on to the child, which decides when it ends, and we with it. The returned function says which came.
 *
 * @param {import('node:child_process').ChildProcess} child
 * @returns {() => NodeJS.Signals | undefined}
 */
function passSignals(child) {
  /** @type {NodeJS.Signals | undefined} */
  let came
  for (const name of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(name, () => {
      came = name
      child.kill(name)
    })
  }
  // A SIGTERM to npm ends only the shell between it and us (dash does not pass it on): then nobody would stop us.
  const parent = process.ppid
  const watch = setInterval(() => {
    if (!process.env.npm_lifecycle_event || process.ppid === parent) return
    clearInterval(watch)
    child.kill('SIGTERM')
  }, 500)
  watch.unref()
  return () => came
}
