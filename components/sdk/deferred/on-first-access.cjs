/** A module that is loaded when something of it is asked for. `__esModule` is asked for by every TypeScript import. */
module.exports = (load) =>
  new Proxy({}, { get: (_, key) => (key === "__esModule" ? true : Reflect.get(load(), key)) });
