# Read by the commands, by Spark and by others that look for it; daemons get their memory from their units.
export JAVA_HOME=/opt/java
export HADOOP_HOME=/opt/hadoop
export HADOOP_CONF_DIR=/etc/hadoop
