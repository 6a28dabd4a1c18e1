package sallyport.net.inherit;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;

/** Flags of descriptors that another program opened. Linux alone. Any thread. */
final class Descriptors {
  // Constants of Linux, in its headers fcntl.h.
  private static final int F_SETFD = 2;
  private static final int F_GETFL = 3;
  private static final int F_SETFL = 4;
  private static final int FD_CLOEXEC = 1;
  private static final int O_NONBLOCK = 0x800;

  private Descriptors() {}

  /**
   * Makes a descriptor one that never blocks an event loop, and that no child process gets. systemd
   * passes blocking ones unless the unit has {@code NonBlocking=yes}. Neither the JDK nor Netty
   * sets these flags for a descriptor that they have not opened.
   *
   * @throws IOException when it is not open
   */
  @SuppressWarnings("restricted") // The launcher enables native access, for Netty too.
  static void prepare(int descriptor) throws IOException {
    Linker linker = Linker.nativeLinker();
    MethodHandle fcntl =
        linker.downcallHandle(
            linker.defaultLookup().find("fcntl").orElseThrow(),
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT),
            Linker.Option.firstVariadicArg(2));
    int flags = call(fcntl, descriptor, F_GETFL, 0);
    if (flags < 0
        || call(fcntl, descriptor, F_SETFL, flags | O_NONBLOCK) < 0
        || call(fcntl, descriptor, F_SETFD, FD_CLOEXEC) < 0) {
      throw new IOException("is not open");
    }
  }

  private static int call(MethodHandle fcntl, int descriptor, int command, int argument) {
    try {
      return (int) fcntl.invokeExact(descriptor, command, argument);
    } catch (Throwable impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
