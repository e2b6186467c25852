#!/bin/sh
# Node.js 18 or newer and npm for the tests of the TypeScript client: as they are, or from Debian.
set -eu

new_enough() {
    command -v npm >/dev/null && node -e 'process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)' 2>/dev/null
}

new_enough && exit
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Node.js 18 or newer and npm are missing: apt-get install nodejs npm" >&2
    {
        apt-get update -qq &&
            DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends nodejs npm
    } >&2 || true
    new_enough && exit
fi
echo "The tests of the TypeScript client need Node.js 18 or newer and npm: install them (Debian, as root: apt-get install nodejs npm)" >&2
exit 2
