"""moto's SQS, fit for thousands of messages and several clients at once."""

import threading
import time

from moto.sqs import models

# What moto's threads must not do at the same time: they replace each other's lists.
# A client must not wait for messages in a call, therefore: nobody could send any.
OPERATIONS = (
    "delete_message",
    "delete_message_batch",
    "receive_message",
    "send_message",
    "send_message_batch",
)

# What moto counts all messages for, each time that one is sent or received, whether
# anybody asks or not. Here nobody does.
COUNTS = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesDelayed",
    "ApproximateNumberOfMessagesNotVisible",
)


def correct_moto(one_at_a_time):
    lock = threading.RLock()
    for name in OPERATIONS:
        operation = getattr(models.SQSBackend, name)
        setattr(models.SQSBackend, name, one_at_a_time(lock, operation))
    attributes = models.Queue.BASE_ATTRIBUTES
    models.Queue.BASE_ATTRIBUTES = [name for name in attributes if name not in COUNTS]
    # Asked for each message of a queue whenever some are received: moto's own goes
    # by way of a calendar.
    models.unix_time_millis = lambda: time.time() * 1000
