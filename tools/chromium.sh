#!/usr/bin/env bash
# A browser for the journeys, and fonts for Arabic, Tifinagh and emoji: Debian's packages where we may install them,
# Playwright's own Chromium otherwise.
set -euo pipefail
cd "$(dirname "$0")/.."

have_fonts() { command -v fc-list >/dev/null && fc-list | grep -qi 'NotoSansTifinagh' && fc-list | grep -qi 'NotoColorEmoji'; }

wanted=()
command -v chromium >/dev/null || wanted+=(chromium)
have_fonts || wanted+=(fontconfig fonts-noto-core fonts-noto-color-emoji)
[ ${#wanted[@]} -eq 0 ] && exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get install -qq -y --no-install-recommends "${wanted[@]}" >/dev/null 2>&1 || {
    apt-get update -qq
    apt-get install -qq -y --no-install-recommends "${wanted[@]}" >/dev/null
  }
  exit 0
fi

have_fonts || echo "anou: fonts for Arabic, Tifinagh and emoji are missing (Debian: fonts-noto-core fonts-noto-color-emoji)" >&2
command -v chromium >/dev/null || .venv/bin/python -m playwright install chromium
