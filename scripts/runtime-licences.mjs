// The licences of Bun, which the executable contains. Its npm packages come without them; they are in LICENSE.md of its source.

/** The libraries that are part of Bun on Linux and macOS, with their licences. */
const LIBRARIES = {
  'JavaScriptCore and WebCore of WebKit': 'LGPL-2.0 and later, BSD',
  acorn: 'MIT',
  base64: 'BSD-2-Clause',
  boringssl: 'Apache-2.0, ISC, OpenSSL',
  brotli: 'MIT',
  'c-ares': 'MIT',
  highway: 'Apache-2.0',
  icu: 'Unicode-3.0',
  libarchive: 'BSD-2-Clause and others',
  libdeflate: 'MIT',
  'libjpeg-turbo': 'IJG, BSD-3-Clause, zlib',
  libspng: 'BSD-2-Clause',
  libwebp: 'BSD-3-Clause',
  'LLVM libc++abi (parts)': 'Apache-2.0 with LLVM exception',
  'lol-html': 'BSD-3-Clause',
  'ls-hpack, ls-qpack, lsquic': 'MIT, parts BSD-3-Clause',
  mimalloc: 'MIT',
  picohttpparser: 'MIT',
  simdutf: 'Apache-2.0',
  'TigerBeetle (parts)': 'Apache-2.0',
  tinycc: 'LGPL-2.1',
  uucode: 'MIT',
  'uSockets, uWebSockets': 'Apache-2.0',
  'zlib-ng': 'Zlib',
  zstd: 'BSD-3-Clause',
  'assert, browserify-zlib, buffer, crypto-browserify, events and other modules that stand in for those of Node.js':
    'MIT',
}

/** @param {string} version */
export function runtimeLicences(version) {
  const list = Object.entries(LIBRARIES).map(([name, licence]) => `  ${name}: ${licence}\n`)
  return `
${'-'.repeat(80)}
Bun ${version} (MIT)

The executable contains the runtime Bun, unchanged, from https://github.com/oven-sh/bun, tag bun-v${version}.
Copyright (c) Jarred Sumner and contributors.

${MIT}

Bun contains these libraries. LICENSE.md in its source has the texts of their licences, or names where they are:

${list.join('')}
JavaScriptCore and tinycc are under the LGPL. You may change and relink them. Their source is in
https://github.com/oven-sh/WebKit and in the source of Bun, whose build scripts name the commits and link them. To put
another Bun into this executable, name its file as --compile-executable-path in scripts/build-executable.mjs of the source
of cronitor-exec, and build again.
`
}

const MIT = `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to
whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`
