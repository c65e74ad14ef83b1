// What we and the programs that we start write is written by no other user, also where the umask allows everything. What
// has to be read by nobody else has a mode of its own.
process.umask(process.umask(0o022) | 0o022)
