"""Receiver of HL7 messages over MLLP and mutual TLS, with python3-hl7.

Usage: receiver.py CERTIFICATE KEY TRUST. It prints its port, and then the control ID of each message
before it acknowledges it; "broken" where a connection ends within a block.
"""
import asyncio
import ssl
import sys

from hl7.mllp import start_hl7_server


async def serve(reader, writer):
    try:
        while True:
            message = await reader.readmessage()
            print("got", message.extract_field("MSH", 1, 10), flush=True)
            # Long enough for a drain to begin before the acknowledgement.
            await asyncio.sleep(0.03)
            writer.writemessage(message.create_ack())
            await writer.drain()
    except asyncio.IncompleteReadError as end:
        if end.partial:
            print("broken", flush=True)
    except (ConnectionError, ssl.SSLError) as end:
        print("failed", end, flush=True)
    finally:
        writer.close()


async def main():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1], sys.argv[2])
    context.load_verify_locations(sys.argv[3])
    context.verify_mode = ssl.CERT_REQUIRED
    server = await start_hl7_server(
        serve, "127.0.0.1", 0, ssl=context, encoding="utf-8", limit=1 << 20
    )
    print("port", server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


asyncio.run(main())
