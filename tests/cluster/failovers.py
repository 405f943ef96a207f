"""Ways in which a primary stops being one: asked to, killed, cut off, left alone, or frozen for a while."""

import signal
import time
from collections.abc import Callable

from tests.cluster.network import Machine
from tests.cluster.patroni import PatroniCluster

Failover = Callable[[PatroniCluster, Machine], None]
"""Takes the lead from a machine. All machines work again afterwards, though not at once."""
_SECONDS_ALONE = 2.0


def switched_over(cluster: PatroniCluster, primary: Machine) -> None:
    """Patroni is asked for another primary."""
    cluster.switch_over(primary)
    cluster.promoted(primary)


def server_killed(cluster: PatroniCluster, primary: Machine) -> None:
    """PostgreSQL is killed, as by the kernel when memory is short; Patroni promotes another one, or starts it again."""
    begun = cluster.begun(primary)
    primary.signal(signal.SIGKILL, having="postgres -D")
    cluster.led_again(primary, begun)


def machine_killed(cluster: PatroniCluster, primary: Machine) -> None:
    """Every process of the machine is killed at once."""
    primary.kill()
    cluster.promoted(primary)
    cluster.start_again(primary)


def cut_off(cluster: PatroniCluster, primary: Machine) -> None:
    """The network of the machine is cut: nobody reaches it, and it reaches nobody."""
    primary.cut()
    cluster.promoted(primary)
    primary.join()


def isolated(cluster: PatroniCluster, primary: Machine) -> None:
    """Clients still reach the machine, which reaches neither the other servers nor the store of who leads."""
    addresses = cluster.others(primary)
    primary.leave_out(addresses)
    cluster.promoted(primary)
    primary.let_in(addresses)


def left_alone(cluster: PatroniCluster, primary: Machine) -> None:
    """The machine loses the other servers, goes on to lead without them for a while, and is killed."""
    addresses = cluster.others(primary)[:-1]
    primary.leave_out(addresses)
    time.sleep(_SECONDS_ALONE)
    primary.kill()
    primary.let_in(addresses)
    cluster.promoted(primary)
    cluster.start_again(primary)


def frozen(cluster: PatroniCluster, primary: Machine) -> None:
    """No process of the machine runs until another one leads; then all go on as if nothing had been."""
    primary.signal(signal.SIGSTOP)
    cluster.promoted(primary)
    primary.signal(signal.SIGCONT)


ALL: tuple[Failover, ...] = (
    switched_over,
    server_killed,
    left_alone,
    cut_off,
    switched_over,
    server_killed,
    isolated,
    machine_killed,
    switched_over,
    server_killed,
    frozen,
)
"""In turn; those of which Patroni learns at once are more, since the others take the 20 s of its lease."""
