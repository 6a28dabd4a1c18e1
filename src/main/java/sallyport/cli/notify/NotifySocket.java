package sallyport.cli.notify;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * Unix datagram socket to the service manager (sd_notify(3)), by calls of the C library: the JDK
 * has no such socket, and Netty sends to no address of the abstract namespace. It works on Linux,
 * with every {@code runtime.transport}. Any thread; a call does not block.
 */
// The functions are those of the C library that the JVM itself uses.
@SuppressWarnings("restricted")
final class NotifySocket {
  private static final short AF_UNIX = 1;

  /** SOCK_DGRAM and SOCK_CLOEXEC, so that no program inherits it. */
  private static final int DATAGRAM = 2 | 0x80000;

  /** MSG_DONTWAIT and MSG_NOSIGNAL. */
  private static final int FLAGS = 0x40 | 0x4000;

  /** Octets of {@code sun_path}, behind the family; a path ends with NUL. */
  private static final int PATH = 108;

  private static final int FAMILY = 2;
  private static final int CLOCK_MONOTONIC = 1;
  private static final long NANOS_PER_MICRO = 1000;
  private static final long MICROS_PER_SECOND = 1_000_000;

  private static final Map<Integer, String> ERRORS =
      Map.of(
          2, "there is no such socket",
          11, "its queue is full",
          13, "permission denied",
          111, "nothing listens there");

  private static final String ERRNO = "errno";

  private final String address;
  private final byte[] name;
  private final int socket;
  private final MethodHandle sendto;

  private NotifySocket(String address, byte[] name, int socket, MethodHandle sendto) {
    this.address = address;
    this.name = name;
    this.socket = socket;
    this.sendto = sendto;
  }

  /**
   * Opens a socket, which lasts as long as the process.
   *
   * @param address an absolute path, or {@code @} and a name of the abstract namespace
   * @throws IOException when the address is another one, and when there are no such sockets
   */
  static NotifySocket open(String address) throws IOException {
    byte[] name = address.getBytes(StandardCharsets.UTF_8);
    if (name.length < 2 || name.length >= PATH || (name[0] != '/' && name[0] != '@')) {
      throw new IOException("it is neither an absolute path nor @NAME, of less than 108 octets");
    }
    if (name[0] == '@') {
      name[0] = 0;
    }
    try (Arena arena = Arena.ofConfined()) {
      MethodHandle socket =
          function(
              "socket",
              FunctionDescriptor.of(
                  ValueLayout.JAVA_INT,
                  ValueLayout.JAVA_INT,
                  ValueLayout.JAVA_INT,
                  ValueLayout.JAVA_INT));
      MethodHandle sendto =
          function(
              "sendto",
              FunctionDescriptor.of(
                  ValueLayout.JAVA_LONG,
                  ValueLayout.JAVA_INT,
                  ValueLayout.ADDRESS,
                  ValueLayout.JAVA_LONG,
                  ValueLayout.JAVA_INT,
                  ValueLayout.ADDRESS,
                  ValueLayout.JAVA_INT));
      MemorySegment errno = arena.allocate(Linker.Option.captureStateLayout());
      int opened = (int) socket.invokeExact(errno, (int) AF_UNIX, DATAGRAM, 0);
      if (opened < 0) {
        throw new IOException(reason(errno));
      }
      return new NotifySocket(address, name, opened, sendto);
    } catch (IOException failed) {
      throw failed;
    } catch (Throwable unsupported) {
      throw new IOException("there are no such sockets here", unsupported);
    }
  }

  private static MethodHandle function(String name, FunctionDescriptor type) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow(name), type, Linker.Option.captureCallState(ERRNO));
  }

  private static String reason(MemorySegment errno) {
    StructLayout layout = Linker.Option.captureStateLayout();
    int number =
        errno.get(
            ValueLayout.JAVA_INT, layout.byteOffset(MemoryLayout.PathElement.groupElement(ERRNO)));
    return ERRORS.getOrDefault(number, "error " + number + " of the operating system");
  }

  /**
   * Sends one datagram.
   *
   * @throws IOException when it is not taken
   */
  void send(String message) throws IOException {
    byte[] octets = message.getBytes(StandardCharsets.UTF_8);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(Linker.Option.captureStateLayout());
      MemorySegment to = arena.allocate(FAMILY + PATH, Short.BYTES);
      to.set(ValueLayout.JAVA_SHORT, 0, AF_UNIX);
      MemorySegment.copy(name, 0, to, ValueLayout.JAVA_BYTE, FAMILY, name.length);
      MemorySegment data = arena.allocateFrom(ValueLayout.JAVA_BYTE, octets);
      long sent =
          (long)
              sendto.invokeExact(
                  errno, socket, data, (long) octets.length, FLAGS, to, FAMILY + name.length);
      if (sent < 0) {
        throw new IOException(reason(errno));
      }
    } catch (IOException failed) {
      throw failed;
    } catch (Throwable broken) {
      throw new IOException("it cannot be called", broken);
    }
  }

  /** Returns the time of CLOCK_MONOTONIC in microseconds, which MONOTONIC_USEC has to be. */
  static long monotonicMicros() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MethodHandle gettime =
          function(
              "clock_gettime",
              FunctionDescriptor.of(
                  ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS));
      MemorySegment errno = arena.allocate(Linker.Option.captureStateLayout());
      MemorySegment time = arena.allocate(ValueLayout.JAVA_LONG, 2);
      if ((int) gettime.invokeExact(errno, CLOCK_MONOTONIC, time) != 0) {
        throw new IOException(reason(errno));
      }
      return time.getAtIndex(ValueLayout.JAVA_LONG, 0) * MICROS_PER_SECOND
          + time.getAtIndex(ValueLayout.JAVA_LONG, 1) / NANOS_PER_MICRO;
    } catch (IOException failed) {
      throw failed;
    } catch (Throwable broken) {
      throw new IOException("the clock cannot be read", broken);
    }
  }

  @Override
  public String toString() {
    return address;
  }
}
