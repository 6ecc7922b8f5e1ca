export SPARK_HOME=/opt/spark SPARK_CONF_DIR=/etc/spark
