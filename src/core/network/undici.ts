// Of undici, what a request needs that is not sent by Node's own fetch. It is loaded when one is, and by name here: a
// bundler gives a CommonJS package that is imported later no named exports.
export { Agent, buildConnector, fetch } from 'undici'
