/**
 * The argument with which every Node of ours is started, so that neither SIGUSR1 nor an inherited NODE_OPTIONS opens
 * its inspector: the address (TEST-NET-1, RFC 5737) does not belong to this machine, so nothing can listen on it. It
 * applies from the first moment and to every version of Node; Node 20 does not know `--disable-sigusr1`.
 */
export const noInspector = '--inspect-port=192.0.2.1:9229'
