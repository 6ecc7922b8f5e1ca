# Managed by muster: changes made here are overwritten.
export JAVA_HOME=/opt/java
