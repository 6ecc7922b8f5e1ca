"""The volume's files without a mount: GlusterFS's own library, libgfapi."""

import ctypes
import os

LIBRARY = "libgfapi.so.0"
SILENT = 0
CHUNK = 1 << 20


class Volume:
    """One connection; let the process end instead of closing it."""

    def __init__(self, servers, port, name="shared"):
        self._library = ctypes.CDLL(LIBRARY, use_errno=True)
        for function in ("glfs_new", "glfs_creat", "glfs_open", "glfs_opendir", "glfs_readdir"):
            getattr(self._library, function).restype = ctypes.c_void_p
        for function in ("glfs_read", "glfs_write"):
            getattr(self._library, function).restype = ctypes.c_ssize_t
        self._volume = ctypes.c_void_p(self._library.glfs_new(name.encode()))
        for server in servers:
            self._library.glfs_set_volfile_server(self._volume, b"tcp", server.encode(), port)
        self._library.glfs_set_logging(self._volume, b"/dev/null", SILENT)
        if self._library.glfs_init(self._volume) != 0:
            raise OSError(ctypes.get_errno(), "no server gives the volume to this node")

    def _ask(self, function, path, *arguments):
        ctypes.set_errno(0)
        result = getattr(self._library, function)(self._volume, path.encode(), *arguments)
        if result in (None, -1):
            number = ctypes.get_errno()
            raise OSError(number, f"{path}: {os.strerror(number)}")
        return result

    def exists(self, path):
        try:
            self._ask("glfs_access", path, os.F_OK)
        except FileNotFoundError:
            return False
        return True

    def mkdir(self, path, mode):
        self._ask("glfs_mkdir", path, mode)
        self.chmod(path, mode)

    def chmod(self, path, mode):
        self._ask("glfs_chmod", path, mode)

    def rmdir(self, path):
        self._ask("glfs_rmdir", path)

    def unlink(self, path):
        self._ask("glfs_unlink", path)

    def write(self, path, chunks):
        """A new file."""
        file = ctypes.c_void_p(self._ask("glfs_creat", path, os.O_WRONLY | os.O_EXCL, 0o644))
        for chunk in chunks:
            written = self._library.glfs_write(file, chunk, ctypes.c_size_t(len(chunk)), 0)
            if written != len(chunk):
                raise OSError(ctypes.get_errno(), f"{path}: {os.strerror(ctypes.get_errno())}")
        # What a server could not put down is said at the end.
        if self._library.glfs_close(file) != 0:
            raise OSError(ctypes.get_errno(), f"{path}: {os.strerror(ctypes.get_errno())}")

    def read(self, path):
        file = ctypes.c_void_p(self._ask("glfs_open", path, os.O_RDONLY))
        buffer = ctypes.create_string_buffer(CHUNK)
        while True:
            count = self._library.glfs_read(file, buffer, ctypes.c_size_t(CHUNK), 0)
            if count < 0:
                raise OSError(ctypes.get_errno(), f"{path}: {os.strerror(ctypes.get_errno())}")
            if count == 0:
                return
            yield buffer.raw[:count]

    def names(self, path):
        folder = ctypes.c_void_p(self._ask("glfs_opendir", path))
        while True:
            entry = self._library.glfs_readdir(folder)
            if entry is None:
                return
            # struct dirent: inode 8, offset 8, length 2, type 1, name.
            name = ctypes.string_at(entry + 19).decode(errors="surrogateescape")
            if name not in (".", ".."):
                yield name
