/**
 * The argument with which every Node of ours is started, so that neither SIGUSR1 nor an inherited NODE_OPTIONS opens its
 * inspector: the address (TEST-NET-1, RFC 5737) is none of this machine, so that nothing can listen on it. It holds from
 * the first moment and for every version of Node; `--disable-sigusr1` is not known to Node 20.
 */
export const noInspector = '--inspect-port=192.0.2.1:9229'
