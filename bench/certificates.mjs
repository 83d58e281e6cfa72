// A certificate authority that programs trust as they trust a public one. curl and Go read the system's list, to which it
// is added. Node.js and Bun have their list inside the program: in a copy, one authority is replaced by this one.
// NODE_EXTRA_CA_CERTS would do it too, but users of a public API do not need it, and it costs: it doubles the start of
// Node.js 20.
import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const PEM = /-----BEGIN CERTIFICATE-----\s[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g

/**
 * Writes `key.pem` and `chain.pem` for `host`: a P-256 key, its certificate, and an intermediate one, as a public authority
 * issues them. Returns the authority's PEM text, which is also in `authority.pem`. Its length in DER is that of the
 * authority which it replaces in programs, of `bundle`; that one is kept in `replaced.pem`.
 */
export function makeCertificates(folder, bundle, host) {
  const inFolder = name => join(folder, name)
  const write = (name, text) => writeFileSync(inFolder(name), text)
  const openssl = (...args) =>
    execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  const replaced = chooseReplaced(bundle)
  write('replaced.pem', replaced)
  const length = derOf(replaced).length

  openssl('genrsa', '-out', 'authority.key', '2048')
  let authority = ''
  // The comment's length makes up the rest. Lengths of lengths may change with it, so it takes several tries.
  for (let comment = 200, tries = 0; derOf(authority).length !== length; tries++) {
    if (tries === 10) throw new Error('the authority cannot be made as long as the one that it replaces')
    if (authority !== '') comment += length - derOf(authority).length
    write(
      'authority.cnf',
      `[req]\ndistinguished_name=name\nx509_extensions=ca\nprompt=no\n[name]\nCN=Bench Root\n[ca]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\nnsComment=${'x'.repeat(comment)}\n`,
    )
    const request = ['-new', '-x509', '-key', 'authority.key', '-days', '3650', '-set_serial', '4097']
    authority = String(openssl('req', ...request, '-config', 'authority.cnf'))
  }
  write('authority.pem', authority)

  const issue = (name, subject, by, extensions) => {
    openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', `${name}.key`)
    openssl('req', '-new', '-key', `${name}.key`, '-subj', subject, '-out', `${name}.csr`)
    write(`${name}.ext`, extensions)
    const from = ['-CA', `${by}.pem`, '-CAkey', `${by}.key`, '-set_serial', String(name.length + 4097)]
    openssl(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      ...from,
      '-days',
      '365',
      '-extfile',
      `${name}.ext`,
      '-out',
      `${name}.pem`,
    )
    return readFileSync(inFolder(`${name}.pem`), 'utf8')
  }
  const intermediate = issue(
    'intermediate',
    '/CN=Bench Intermediate',
    'authority',
    'basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign\n',
  )
  const leaf = issue(
    'leaf',
    `/CN=${host}`,
    'intermediate',
    `subjectAltName=DNS:${host},DNS:*.${host}\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\n`,
  )
  write('chain.pem', leaf + intermediate)
  write('key.pem', readFileSync(inFolder('leaf.key'), 'utf8'))
  return authority
}

/** Let's Encrypt's: all versions of Node.js and Bun have it, and its length leaves room for the comment. */
function chooseReplaced(bundle) {
  const chosen = (bundle.match(PEM) ?? []).find(pem => derOf(pem).includes('ISRG Root X1'))
  if (chosen === undefined) throw new Error('the system does not have the authority ISRG Root X1')
  return chosen
}

const derOf = pem => Buffer.from(pem.replace(/-----[A-Z ]+-----/g, ''), 'base64')

/**
 * Copies a program, with the bench's authority in the place of a public one. A program that reads the system's list
 * is left as it is.
 */
export function copyTrusting(folder, from, to) {
  const [old, own] = ['replaced.pem', 'authority.pem'].map(name =>
    derOf(readFileSync(join(folder, name), 'utf8')),
  )
  copyFileSync(from, to)
  chmodSync(to, 0o755)
  const program = readFileSync(from)
  // As DER, or as PEM with lines of any length.
  const forms = [64, 72, 76].map(
    width => der => Buffer.from(der.toString('base64').replace(new RegExp(`.{${width}}(?=.)`, 'g'), '$&\n')),
  )
  let isFound = false
  for (const form of [der => der, ...forms]) {
    const [was, is] = [form(old), form(own)]
    for (let at = program.indexOf(was); at >= 0; at = program.indexOf(was, at + 1)) {
      is.copy(program, at)
      isFound = true
    }
  }
  if (isFound) writeFileSync(to, program)
  readAnew(to)
  return isFound
}

/**
 * Drops a file from the page cache, so that it is read as after a restart of the host. A file that was just written is in
 * larger pieces there: each process then maps more of it than it uses, and its RSS is up to twice as large.
 */
export function readAnew(file) {
  execFileSync('dd', [`of=${file}`, 'oflag=nocache', 'conv=notrunc,fdatasync', 'count=0', 'status=none'])
}
