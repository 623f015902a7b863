# How `.ci/run` runs its parts, and what it makes of them. Sourced.
folder=$(mktemp -d)
# Not by a child that is killed before it has forgotten the trap, as what says the minutes may be.
trap '[[ $BASHPID != "$$" ]] || rm -rf "$folder"' EXIT
faults=()
passed=0
failed=0

# Runs a part, keeps what it prints, and says each minute what is being waited for. A fault is remembered: the other parts
# run all the same.
part() {
  local name=$1 begin=$SECONDS
  shift
  printf '\n== %s\n' "$name"
  (while sleep 60 >/dev/null 2>&1; do printf -- '-- %s: %s s so far\n' "$name" "$((SECONDS - begin))"; done) &
  local ticker=$!
  "$@" 2>&1 | tee "$folder/part" || faults+=("$name")
  kill "$ticker"
  wait "$ticker" 2>/dev/null
  printf -- '-- %s: %s s\n' "$name" "$((SECONDS - begin))"
}

# How many tests of a part are passing, failing or pending.
count() { sed -nE "s/^ *([0-9]+) $1.*/\1/p" "$folder/part" | tail -n 1 | grep . || echo 0; }

# A part that is tests. One that is left out counts as failed, and so does a run that does not get as far as its tests.
tests() {
  local before=${#faults[@]} bad out
  part "$@"
  out=$(count pending)
  bad=$(($(count failing) + out))
  if ((bad == 0 && ${#faults[@]} > before)); then bad=1; fi
  if ((bad + $(count passing) == 0)); then bad=1 faults+=("$1: no test has run"); fi
  if ((out > 0)); then faults+=("$1: $out left out"); fi
  passed=$((passed + $(count passing)))
  failed=$((failed + bad))
}

# Says what was at fault, and the tests' counts in the last line. Its status is that of the whole.
verdict() {
  printf '\n'
  if ((${#faults[@]} > 0)); then printf 'FAILED: %s\n' "${faults[@]}"; fi
  printf '%s passed, %s failed\n' "$passed" "$failed"
  ((${#faults[@]} == 0))
}
