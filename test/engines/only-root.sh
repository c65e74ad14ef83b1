# To be sourced.

# require_root_owned FOLDER VARIABLE: exits unless the folder is missing or only root can change it. Another user could have
# created it in /var/tmp first, with a system in it that would run here as root. VARIABLE is what sets another folder.
require_root_owned() {
  [ -e "$1" ] || [ -L "$1" ] || return 0
  if [ -L "$1" ] || [ ! -d "$1" ] || [ "$(stat --format=%u "$1")" != 0 ] || [ -n "$(find "$1" -maxdepth 0 -perm /022)" ]; then
    echo "$1 has to be a folder that only root can change. Remove it, or name another one in $2." >&2
    exit 1
  fi
}
