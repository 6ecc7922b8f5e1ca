/** The Python with the packages, on every node. */
export const ENVIRONMENT_PYTHON = "/opt/python/bin/python3";
