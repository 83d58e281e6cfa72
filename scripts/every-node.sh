#!/bin/bash
# Runs all end-to-end tests on each supported version of Node.js and on the executable, as the caller; .ci/run leaves out those
# that a version is unlikely to change. It takes about ten minutes for each on two cores. Run it as root too: other tests are
# skipped then.
#
#   scripts/every-node.sh [VERSION…|executable]
set -u
cd "$(dirname "$0")/.." || exit 1
[ $# -gt 0 ] || set -- 20.19.0 20 22 24 latest executable
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failed=()
for version; do
  echo "== $version"
  if [ "$version" = executable ]; then
    npm run test:executable || failed+=("$version")
    continue
  fi
  mkdir -p "$folder/$version"
  # The package fetches Node.js by a script of its own, which newer npm runs only if it is allowed.
  echo '{ "private": true, "allowScripts": { "node": true } }' >"$folder/$version/package.json"
  (cd "$folder/$version" && npm install --no-save "node@$version") &&
    TEST_NODE=$folder/$version/node_modules/.bin/node npm run test:e2e || failed+=("$version")
done
[ ${#failed[@]} -eq 0 ] || { echo "failed: ${failed[*]}" >&2; exit 1; }
