// No other user can write what we and our children create, even if the umask allows everything. Files that must not be
// read have their own mode.
process.umask(process.umask(0o022) | 0o022)
