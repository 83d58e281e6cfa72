"""A network of its own whose loopback device can be taken down, with a port that leads out by way of a Unix socket.

usage: unshare --net python3 network-namespace.py SOCKET PORT

Each line on stdin is done and said back: `shut` lets nobody in any more, `down` takes the device down, `up` brings
both back. It begins with `up`, and ends with stdin.
"""
import asyncio, fcntl, socket, struct, sys

SIOCSIFFLAGS, SIOCSIFADDR, IFF_UP = 0x8914, 0x8916, 1  # netdevice(7)


def set_loopback(is_up):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack('16sh22x', b'lo', IFF_UP if is_up else 0))
        if not is_up:
            # The route goes with the address, which comes back by itself.
            fcntl.ioctl(any_socket, SIOCSIFADDR, struct.pack('16sh22x', b'lo', socket.AF_INET))


async def copy(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.write_eof()
    except OSError:
        writer.close()


async def main(path, port):
    async def pass_on(reader, writer):
        out_reader, out_writer = await asyncio.open_unix_connection(path)
        await asyncio.gather(copy(reader, out_writer), copy(out_reader, writer))
        out_writer.close()
        writer.close()

    server = None
    line = 'up'
    while line:
        if server is not None:
            server.close()
        if line == 'up':
            set_loopback(True)
            server = await asyncio.start_server(pass_on, '127.0.0.1', port)
        elif line == 'down':
            set_loopback(False)
        print(line, flush=True)
        line = (await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)).strip()


asyncio.run(main(sys.argv[1], int(sys.argv[2])))
