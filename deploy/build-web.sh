#!/bin/sh
# Builds the web pages when their files changed since the last time; says in one sentence what is missing.
#   build-web.sh PYTHON            build, or say why not
#   build-web.sh PYTHON packages   only install the packages that package-lock.json names
set -eu
cd "$(dirname "$0")/.."
python=$1
export NEXT_TELEMETRY_DISABLED=1

"$python" -c '
import sys
from shopsmart.launcher import web
try:
    web.node()
except web.NoPages as why:
    sys.exit(f"No web pages: {why}.")
'

locked=storefront/node_modules/.installed-from
if ! cmp -s storefront/package-lock.json "$locked"; then
    echo "Installing what the web pages are made of (npm)"
    (cd storefront && npm ci --no-audit --no-fund --loglevel=error >/dev/null)
    cp storefront/package-lock.json "$locked"
fi
[ "${2:-}" = packages ] && exit 0

if "$python" -c '
import sys
from shopsmart.launcher import web
try:
    web.check_built()
except web.NoPages:
    sys.exit(1)
'; then
    exit 0
fi
echo "Building the web pages"
(cd storefront && npm run --silent build) >storefront/.build.log 2>&1 || {
    cat storefront/.build.log >&2
    exit 1
}
rm storefront/.build.log
"$python" -c '
from shopsmart.launcher import web
web.built_mark().write_text(web.sources_digest())
'
