module.exports = require("./on-first-access.cjs")(() => require("@npmcli/arborist"));
