#!/usr/bin/env bash
# The steps of action.yml: install, run, judge; one Markdown summary, one SARIF file, one exit code.
set -euo pipefail

place=$(mktemp -d "${RUNNER_TEMP:-${TMPDIR:-/tmp}}/bylaw-XXXXXX")
"$BYLAW_ACTION_PYTHON" -m venv "$place/venv"
"$place/venv/bin/python" -m pip install --quiet --disable-pip-version-check "$BYLAW_ACTION_VERSION"
bylaw=$place/venv/bin/bylaw
cd "$BYLAW_ACTION_DIRECTORY"

base=$BYLAW_ACTION_BASE
if [ -z "$base" ] && [ -n "$BYLAW_ACTION_PULL_BASE" ]; then
  base=origin/$BYLAW_ACTION_PULL_BASE
fi
asked=()
[ -z "$base" ] || asked=(--base "$base")

if [ -n "$BYLAW_ACTION_KEY" ]; then
  (umask 077 && printf '%s\n' "$BYLAW_ACTION_KEY" > "$place/key.pem")
  export BYLAW_SIGNING_KEY=$place/key.pem
  trap 'rm -f "$place/key.pem"' EXIT
fi

# What verify found is in the ledger; the gate alone decides.
if [ "$BYLAW_ACTION_VERIFY" = true ]; then
  "$bylaw" verify "${asked[@]}" || echo "bylaw verify ended with $?"
fi

code=0
"$bylaw" gate "${asked[@]}" --format json > "$place/gate.json" || code=$?
"$bylaw" gate "${asked[@]}" --format markdown >> "${GITHUB_STEP_SUMMARY:-/dev/stdout}" || true
"$bylaw" gate "${asked[@]}" --format sarif > "$place/gate.sarif" || true
verdict=$("$place/venv/bin/python" -c 'import json, sys; print(json.load(sys.stdin).get("verdict", ""))' \
  < "$place/gate.json")
{
  echo "verdict=$verdict"
  echo "sarif=$place/gate.sarif"
} >> "${GITHUB_OUTPUT:-/dev/null}"
exit "$code"
