"""What happens to an order, from the acceptance that opens it to the money that closes it."""

from hub.actions.orders.closing import cancel, confirm, deliver, keep, lapse, lapsing, remind, silent, waiting
from hub.actions.orders.disputes import bear, dispute, resolve
from hub.actions.orders.held import Held, all_there, hold, tell
from hub.actions.orders.making import answer_extension, ask_extension, ask_pause, inspect, made, progress
from hub.actions.orders.opening import open_for, reserve
from hub.actions.orders.paying import arrived, check_out, pay
from hub.actions.orders.undoing import undo_payment

__all__ = [
    "Held", "all_there", "answer_extension", "arrived", "ask_extension", "ask_pause", "bear", "cancel", "check_out", "confirm", "deliver",
    "dispute", "hold", "inspect", "keep", "lapse", "lapsing", "made", "open_for", "pay", "progress", "remind", "reserve", "resolve",
    "silent", "tell", "undo_payment", "waiting",
]
