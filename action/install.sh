#!/bin/sh
# First step of the action (action.yml): finds the programs `cronitor` and `cronitor-exec` in the action's own checkout.
#
#   1. an executable: build/TARGET/, or cronitor-TARGET/ from an archive of a release
#   2. dist/, which the tags for the action contain, with a Node.js of the runner
#   3. dist/, built here by npm: any other ref has only the sources
#
# Writes the outputs `bin`, a folder, and `node`. Without them, run.sh runs the script unmonitored. Ends always with 0:
# a runner without Node.js or registry must not stop a job.
set -u
home=$(cd "${0%/*}/.." && pwd) || exit 0
output=${GITHUB_OUTPUT:-/dev/null}

# npm runs code of other people.
unset CRONITOR_API_KEY CRONITOR_PING_API_KEY

# Sets target to the name that scripts/build-executable.mjs has for this system.
find_target() {
  case $(uname -s) in
    Linux) target=linux ;;
    Darwin) target=darwin ;;
    *) unmonitored 'This system is neither Linux nor macOS' ;;
  esac
  case $(uname -m) in x86_64 | amd64) target=$target-x64 ;; aarch64 | arm64) target=$target-arm64 ;; *) target=none ;; esac
  # A system with glibc may have musl as well.
  for loader in /lib64/ld-linux-* /lib/ld-linux-*; do
    [ ! -e "$loader" ] || return 0
  done
  for loader in /lib/ld-musl-*; do
    [ ! -e "$loader" ] || target=$target-musl
  done
}

# Sets node to the first Node.js that is new enough and starts. Runners have some of their own, also for Alpine: in
# externals/, which a container has as /__e, and in the tool cache.
find_node() {
  for node in "${CRONITOR_NODE-}" "$(command -v node)" /__e/node2*/bin/node "${RUNNER_TEMP:-/nowhere}"/../../externals/node2*/bin/node \
    "${RUNNER_TOOL_CACHE:-/nowhere}"/node/2*/*/bin/node /usr/local/bin/node; do
    [ -x "$node" ] && "$node" -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)' && return
  done 2>/dev/null
  node=
  return 1
}

build() {
  echo 'cronitor-exec: this ref has only the sources, so they are built. The tags for the action, such as v1, are built already.'
  (
    cd "$home" || exit
    PATH=${node%/*}:$PATH
    npm ci --include=dev --ignore-scripts --no-audit --no-fund --loglevel=error && "$node" scripts/build.mjs
  )
}

unmonitored() {
  echo "::warning title=cronitor-exec::$1. The script runs unmonitored."
  exit 0
}

find_target
for folder in "$home/build/$target" "$home/cronitor-$target"; do
  if [ -x "$folder/cronitor" ] && [ -x "$folder/cronitor-exec" ]; then
    echo "bin=$folder" >>"$output"
    exit 0
  fi
done
find_node || unmonitored 'There is no Node.js 20.19 or newer on this runner'
[ -f "$home/dist/exec.cjs" ] || build || unmonitored 'It could not be built'
printf 'bin=%s\nnode=%s\n' "$home/bin" "$node" >>"$output"
