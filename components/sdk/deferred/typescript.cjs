module.exports = require("./on-first-access.cjs")(() => require("typescript"));
