#!/bin/sh
# Adds what wheels cannot bring, or says in one sentence what to install.
#   system-packages.sh venv PYTHON         before the environment: can PYTHON make one?
#   system-packages.sh libraries PYTHON    after it: do the servers start, is nginx there for its tests?
#   system-packages.sh browser             for the browser tests: is a Chromium there?
set -u

install_or_say() { # sentence, packages...
    sentence=$1
    shift
    if command -v apt-get >/dev/null 2>&1; then
        if [ "$(id -u)" = 0 ]; then
            asroot=""
        elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
            asroot="sudo -n"
        else
            echo "$sentence: run 'sudo apt-get install $*'." >&2
            return 1
        fi
        echo "Installing $* (apt)"
        # RUNLEVEL keeps packages from starting their services.
        if $asroot env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq "$@" >/dev/null 2>&1 ||
            { $asroot apt-get update -qq >/dev/null 2>&1 &&
                $asroot env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq "$@" >/dev/null; }; then
            return 0
        fi
        echo "$sentence: apt could not install it; run 'apt-get install $*' and look at what it says." >&2
        return 1
    fi
    echo "$sentence: install the equivalent of the Debian packages: $*." >&2
    return 1
}

case $1 in
venv)
    "$2" -c 'import ensurepip, venv' 2>/dev/null && exit 0
    version=$("$2" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    install_or_say "$2 cannot make virtual environments" "python$version-venv"
    ;;
libraries)
    # One line per missing thing: needed|wanted, its Debian package, the sentence.
    "$2" -m shopsmart.infra.embedded | {
        status=0
        while IFS='|' read -r kind package sentence; do
            install_or_say "$sentence" "$package" </dev/null || [ "$kind" = wanted ] || status=1
        done
        exit $status
    }
    ;;
browser)
    for name in chromium chromium-browser google-chrome; do
        command -v "$name" >/dev/null 2>&1 && exit 0
    done
    # Fonts too: without them the four languages are boxes on the screenshots.
    install_or_say "The browser tests need Chromium" chromium fonts-noto-core
    ;;
*)
    echo "usage: $0 venv PYTHON | libraries PYTHON | browser" >&2
    exit 2
    ;;
esac
