# Sourced. Another user may have made a folder of this name in /var/tmp first, with a system of their own in it, which
# would run here as root. Fails unless the folder is missing, or one that only root can change. $2 is the variable that
# names another one.
must_be_roots() {
  [ -e "$1" ] || [ -L "$1" ] || return 0
  if [ -L "$1" ] || [ ! -d "$1" ] || [ "$(stat --format=%u "$1")" != 0 ] || [ -n "$(find "$1" -maxdepth 0 -perm /022)" ]; then
    echo "$1 has to be a folder that only root can change. Remove it, or name another one in $2." >&2
    exit 1
  fi
}
