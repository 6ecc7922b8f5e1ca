"""Volumes with nothing behind them, as Nova's fake driver has servers with nothing behind them."""

from cinder.volume import driver


class PretendedVolumes(driver.VolumeDriver):
    """Everything succeeds at once, and there is room without end."""

    VERSION = "1"

    def check_for_setup_error(self):
        pass

    def create_volume(self, volume):
        pass

    def delete_volume(self, volume):
        pass

    def ensure_export(self, context, volume):
        pass

    def create_export(self, context, volume, connector):
        pass

    def remove_export(self, context, volume):
        pass

    def initialize_connection(self, volume, connector, **_):
        return {"driver_volume_type": "fake", "data": {"volume_id": volume.id}}

    def terminate_connection(self, volume, connector, **_):
        pass

    def _update_volume_stats(self):
        self._stats = {
            "volume_backend_name": "pretended",
            "vendor_name": "none",
            "driver_version": self.VERSION,
            "storage_protocol": "fake",
            "total_capacity_gb": "infinite",
            "free_capacity_gb": "infinite",
            "reserved_percentage": 0,
        }
