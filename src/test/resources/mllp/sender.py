"""Sender of HL7 messages over MLLP and mutual TLS, with python3-hl7.

Usage: sender.py PORT CERTIFICATE KEY TRUST CONNECTIONS MESSAGES. Each connection sends its share of the
messages, and the next one when the one before is acknowledged. Where a connection ends it opens another,
and sends again what has no acknowledgement. It prints "connected", and "acknowledged" or "again" with a
control ID.
"""
import asyncio
import ssl
import sys

import hl7
from hl7.mllp import open_hl7_connection

PORT = int(sys.argv[1])
CONNECTIONS = int(sys.argv[5])
MESSAGES = int(sys.argv[6])

CONTEXT = ssl.create_default_context(cafile=sys.argv[4])
CONTEXT.load_cert_chain(sys.argv[2], sys.argv[3])

# Some have a document within, so that they take many reads.
DOCUMENT = "Q" * 200_000


def message(control_id, number):
    return hl7.parse(
        "MSH|^~\\&|LAB|WARD|EHR|CLINIC|20261201||ORU^R01|{}|P|2.5.1\r"
        "PID|||4711||DOE^JANE\r"
        "OBX|1|ED|PDF||{}\r".format(control_id, DOCUMENT if number % 10 == 0 else "7.4")
    )


async def connect():
    while True:
        try:
            connection = await open_hl7_connection(
                "127.0.0.1", PORT, ssl=CONTEXT, server_hostname="localhost", encoding="utf-8"
            )
            print("connected", flush=True)
            return connection
        except (OSError, ssl.SSLError):
            await asyncio.sleep(0.05)


async def send(name, count):
    reader, writer = await connect()
    for number in range(count):
        control_id = "{}-{}".format(name, number)
        while True:
            try:
                writer.writemessage(message(control_id, number))
                await writer.drain()
                answer = await reader.readmessage()
                break
            except (asyncio.IncompleteReadError, OSError, ssl.SSLError):
                print("again", control_id, flush=True)
                writer.close()
                reader, writer = await connect()
        assert answer.extract_field("MSA", 1, 1) == "AA", answer
        assert answer.extract_field("MSA", 1, 2) == control_id, answer
        print("acknowledged", control_id, flush=True)
    writer.close()


async def main():
    await asyncio.gather(
        *(send("c{}".format(i), MESSAGES // CONNECTIONS) for i in range(CONNECTIONS))
    )


asyncio.run(main())
