export HADOOP_HOME=/opt/hadoop HADOOP_CONF_DIR=/etc/hadoop
