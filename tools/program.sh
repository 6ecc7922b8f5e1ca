# Becomes the program that `program` names in the checkout `home`, so that a cancelled command reaches it.
# What it makes for hosts and nodes must be readable there, whatever its user's umask; what is secret has a mode of its own.
umask 022
# The engine's Node programs are started with options for the SDK, which is not used here.
if [ -n "${MUSTER_NODE_OPTIONS+set}" ]; then
  export NODE_OPTIONS="$MUSTER_NODE_OPTIONS"
fi
exec "${MUSTER_NODE:-node}" --disable-warning=ExperimentalWarning --max-semi-space-size=1 "$home/$program" "$@"
