#!/usr/bin/env node
// Compares what policies allow with `@cloud-copilot/iam-simulate`, an evaluator that others wrote.
//
// Input: src/verify/aws/iam/policies.json, the cases on which src/verify/aws/iam.rs and tests/e2e/iam.py are tested. Each has statements, an
// action, a resource, the condition keys of a request, and whether it is allowed; `null` where our evaluators refuse to decide, which is not
// compared. `simulator` is there where the simulator decides otherwise, and says why we do not follow it.
//
//     node scripts/check_iam.mjs [FOLDER]
//
// Needs Node 20 or later with npm, which installs the simulator into FOLDER, or else into a temporary folder that is removed afterwards. The
// simulator is under the AGPL 3.0: it is used here as a program of its own, and no part of lith-split. Each line of the output is one
// difference; exit code 1 where there is any.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const SIMULATOR = '@cloud-copilot/iam-simulate'
const VERSION = '0.1.173'
const CASES = new URL('../src/verify/aws/iam/policies.json', import.meta.url)
const ACCOUNT = '123456789012'

/** The simulator, installed into a folder. */
function simulator(folder) {
  const options = ['--prefix', folder, '--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--silent']
  execFileSync('npm', ['install', ...options, `${SIMULATOR}@${VERSION}`], { stdio: ['ignore', 'ignore', 'inherit'] })
  return createRequire(join(resolve(folder), 'package.json'))(SIMULATOR)
}

function allows({ runUnsafeSimulation }, { statements, action, resource, context }) {
  // A condition key with one value is a text, and with several, or none, a list.
  const single = Object.entries(context).map(([key, values]) => [key, values.length === 1 ? values[0] : values])
  const result = runUnsafeSimulation(
    {
      request: {
        principal: `arn:aws:iam::${ACCOUNT}:role/function`,
        action,
        resource: { resource, accountId: ACCOUNT },
        contextVariables: Object.fromEntries(single)
      },
      identityPolicies: [{ name: 'role', policy: { Version: '2012-10-17', Statement: statements } }],
      serviceControlPolicies: [],
      resourceControlPolicies: []
    },
    {}
  )
  return result === 'Allowed'
}

const given = process.argv[2]
const folder = given ?? mkdtempSync(join(tmpdir(), 'iam-'))
const cases = JSON.parse(readFileSync(CASES, 'utf8'))
const count = { compared: 0, known: 0, different: 0 }
try {
  const library = simulator(folder)
  for (const one of cases.filter((one) => one.allowed !== null)) {
    const theirs = allows(library, one)
    const known = one.simulator !== undefined
    count.compared += 1
    count.known += known ? 1 : 0
    if (theirs !== (known ? !one.allowed : one.allowed)) {
      count.different += 1
      const said = known ? 'agrees by now: take out `simulator` of' : `says ${theirs} of`
      console.log(`the simulator ${said} ${JSON.stringify(one)}`)
    }
  }
} finally {
  if (!given) rmSync(folder, { recursive: true, force: true })
}
const undecided = cases.length - count.compared
console.log(
  `${count.compared} cases compared with ${SIMULATOR} ${VERSION}, ${count.known} known to differ, ${count.different} different; ` +
    `${undecided} not decided by us`
)
process.exitCode = count.different ? 1 : 0
