"""A bare Debian in a directory of its own: made by debootstrap, entered by chroot, gone at the end.

Nothing of the host is in it but /proc, /dev and the network (resolv.conf, and how its apt reaches the mirror). Mounts live in the
mount namespace of this process and end with it.
"""
import concurrent.futures
import configparser
import glob
import os
import re
import shutil
import subprocess
import tempfile

PREFIX = "pingsieve-fresh-"
ABSENT = ("cc", "gcc", "g++", "clang", "tcc", "cmake", "make", "ninja", "ld", "pkg-config", "python3", "git", "jq")
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
ACQUIRE = re.compile(r"^Acquire::(http|https|ftp|ForceIPv[46]|Retries|Check-Valid-Until|Check-Date|Proxy)", re.I)
STRAP_SECONDS = 900
ENVIRONMENT = ("http_proxy", "https_proxy", "ftp_proxy", "no_proxy")


class Unable(Exception):
    """This machine cannot make such a root; the text says why."""


def release():
    """The codename of the Debian this is, or None."""
    try:
        with open("/etc/os-release", encoding="utf-8") as f:
            said = dict(line.rstrip("\n").split("=", 1) for line in f if "=" in line)
    except OSError:
        return None
    return said.get("VERSION_CODENAME", "").strip('"') if said.get("ID") == "debian" else None


def entries():
    """(URIs, suites, components, keyring or None) of each source of the host's apt, of either form of file."""
    for name in sorted(glob.glob("/etc/apt/sources.list.d/*.sources")):
        with open(name, encoding="utf-8") as f:
            text = "\n".join(line for line in f.read().split("\n") if not line.startswith("#"))
        for paragraph in re.split(r"\n\s*\n", text):
            parser = configparser.ConfigParser(interpolation=None, delimiters=(":",), strict=False)
            parser.read_string("[source]\n" + paragraph.lstrip("\n"))
            source = parser["source"]
            if "deb" in source.get("types", "").split() and source.get("enabled", "yes") != "no":
                yield source.get("uris", "").split(), source.get("suites", "").split(), source.get("components", "").split(), source.get("signed-by")
    for name in ["/etc/apt/sources.list", *sorted(glob.glob("/etc/apt/sources.list.d/*.list"))]:
        try:
            with open(name, encoding="utf-8") as f:
                lines = f.read().split("\n")
        except OSError:
            continue
        for line in lines:
            found = re.match(r"deb\s+(?:\[([^]]*)\]\s+)?(\S+)\s+(\S+)\s+(.*)", line)
            if found:
                signed = re.search(r"signed-by=(\S+)", found[1] or "")
                yield [found[2]], [found[3]], found[4].split("#")[0].split(), signed[1] if signed else None


class Broken(Exception):
    """It should have worked; the text says what did not."""


class Mirror:
    """Where the host's apt gets Debian from: uri and keyring; security: the same of its security updates, or None."""

    def __init__(self):
        host, self.uri, self.security, self.keyring = release(), None, None, KEYRING
        for uris, suites, components, keyring in entries():
            if "main" not in components or not uris or not uris[0].startswith(("http:", "https:", "file:", "ftp:")):
                continue
            if host in suites and not self.uri:
                self.uri = uris[0]
                self.keyring = keyring if keyring and os.path.isfile(keyring) else KEYRING
            if f"{host}-security" in suites and not self.security:
                self.security = uris[0]
        if not host or not self.uri:
            raise Unable("the apt of this machine names no mirror of Debian")

    def sources(self, suite):
        signed = "[signed-by=/etc/apt/keyrings/mirror.gpg]"
        lines = [f"deb {signed} {self.uri} {suite} main"]
        if self.security:
            lines.append(f"deb {signed} {self.security} {suite}-security main")
        return "\n".join(lines) + "\n"


def write(path, text, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    os.chmod(path, mode)


def mounted(path):
    with open("/proc/self/mountinfo", encoding="utf-8") as f:
        places = [re.sub(r"\\(\d{3})", lambda m: chr(int(m[1], 8)), line.split()[4]) for line in f]
    path = os.path.realpath(path)
    return [place for place in places if (place + "/").startswith(path + "/")]


def new_base():
    """A directory for roots; those of runs that were killed are removed before."""
    folder = os.environ.get("TMPDIR") or "/var/tmp"  # /tmp may be in memory, and without devices
    for path in glob.glob(os.path.join(folder, PREFIX + "*")):
        try:
            with open(os.path.join(path, "owner"), encoding="utf-8") as f:
                os.kill(int(f.read()), 0)
        except (OSError, ValueError):
            remove(path)
    base = os.path.realpath(tempfile.mkdtemp(prefix=PREFIX, dir=folder))
    write(os.path.join(base, "owner"), str(os.getpid()))
    return base


def remove(path):
    """Never through a mount: /dev is the host's."""
    if mounted(path):
        raise Broken(f"{path} is not removed, since there are mounts below it")
    subprocess.run(["rm", "-rf", "--one-file-system", "--", path], check=False)


class Root:
    """`with Root(base, suite, mirror) as root`: bare, mounted, with the network; below the directory `base`."""

    def __init__(self, base, suite, mirror):
        self.suite, self.mirror, self.path, self.strapping = suite, mirror, os.path.join(base, suite), None

    def is_known(self):
        return os.path.exists(f"/usr/share/debootstrap/scripts/{self.suite}")

    def strap_ahead(self):
        """Makes the root while something else goes on; entering it waits for that."""
        if self.is_known():
            pool = concurrent.futures.ThreadPoolExecutor(1)
            self.strapping = pool.submit(self.strap)
            pool.shutdown(wait=False)

    def __enter__(self):
        try:
            if self.strapping:
                self.strapping.result()
            else:
                self.strap()
            self.mount()
            self.network()
        except BaseException:
            self.__exit__()
            raise
        return self

    def strap(self):
        more = ["--include=ca-certificates"] if self.mirror.uri.startswith("https:") else []
        made = subprocess.run(["timeout", "-k", "10", str(STRAP_SECONDS), "debootstrap", "--variant=minbase", f"--keyring={self.mirror.keyring}", *more,
                               self.suite, self.path, self.mirror.uri], stdin=subprocess.DEVNULL, capture_output=True, check=False)
        if made.returncode:
            raise Broken(f"debootstrap failed: {(made.stdout + made.stderr).decode(errors='replace')[-600:]}")

    def mount(self):
        # A mount itself: else nothing can be mounted in it, as some of the tests do.
        subprocess.run(["mount", "--bind", self.path, self.path], check=True)
        for words in (["-t", "proc", "proc"], ["--rbind", "/dev"]):
            subprocess.run(["mount", *words, self.path + ("/proc" if "proc" in words else "/dev")], check=True)

    def network(self):
        shutil.copy("/etc/resolv.conf", self.path + "/etc/resolv.conf")
        shutil.copy("/etc/hosts", self.path + "/etc/hosts")
        os.makedirs(self.path + "/etc/apt/keyrings", exist_ok=True)
        shutil.copy(self.mirror.keyring, self.path + "/etc/apt/keyrings/mirror.gpg")
        os.chmod(self.path + "/etc/apt/keyrings/mirror.gpg", 0o644)
        write(self.path + "/etc/apt/sources.list", self.mirror.sources(self.suite))
        dump = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=True).stdout
        write(self.path + "/etc/apt/apt.conf.d/99host", "".join(f"{line}\n" for line in dump.split("\n") if ACQUIRE.match(line)))
        for auth in glob.glob("/etc/apt/auth.conf.d/*.conf"):
            shutil.copy(auth, self.path + "/etc/apt/auth.conf.d/")
        if self.mirror.uri.startswith("https:"):
            shutil.copy("/etc/ssl/certs/ca-certificates.crt", self.path + "/etc/ssl/certs/ca-certificates.crt")

    def environment(self):
        given = {name: os.environ[name] for upper in ENVIRONMENT for name in (upper, upper.upper()) if name in os.environ}
        return {"HOME": "/root", "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM": "dumb", "LANG": "C.UTF-8",
                **given}

    def command(self, *words):
        return ["chroot", self.path, *words]

    def has(self, tool):
        return subprocess.run(self.command("sh", "-c", f"command -v {tool}"), env=self.environment(), stdout=subprocess.DEVNULL,
                              check=False).returncode == 0

    def tools(self):
        """Which of the tools that a bare root must lack are there."""
        return [tool for tool in ABSENT if self.has(tool)]

    def __exit__(self, *_):
        for place in sorted(mounted(self.path), key=len, reverse=True):
            subprocess.run(["umount", "-l", place], check=False)
        remove(self.path)
