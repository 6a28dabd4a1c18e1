package sallyport.testkit;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** The service manager's end of a notification socket: a Unix datagram socket of the kernel. */
@SuppressWarnings("restricted")
public final class NotifyListener implements AutoCloseable {
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final int SHUTDOWN_READ = 0;

  private final int socket;
  private final BlockingQueue<String> received = new LinkedBlockingQueue<>();

  /**
   * Binds the socket.
   *
   * @param address a path, or {@code @} and an abstract name
   */
  public NotifyListener(String address) throws Throwable {
    byte[] name = address.getBytes(StandardCharsets.UTF_8);
    if (name[0] == '@') {
      name[0] = 0;
    }
    socket = (int) function("socket", INT, INT, INT).invokeExact(1, 2, 0);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment at = arena.allocate(110, 2);
      at.set(ValueLayout.JAVA_SHORT, 0, (short) 1);
      MemorySegment.copy(name, 0, at, ValueLayout.JAVA_BYTE, 2, name.length);
      int bound =
          (int)
              function("bind", INT, ValueLayout.ADDRESS, INT)
                  .invokeExact(socket, at, 2 + name.length);
      if (bound != 0) {
        throw new AssertionError("cannot bind " + address);
      }
    }
    Thread.ofPlatform().daemon().start(this::listen);
  }

  private static MethodHandle function(String name, java.lang.foreign.MemoryLayout... arguments) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow(name), FunctionDescriptor.of(INT, arguments));
  }

  private void listen() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment octets = arena.allocate(4096);
      MethodHandle read =
          Linker.nativeLinker()
              .downcallHandle(
                  Linker.nativeLinker().defaultLookup().findOrThrow("read"),
                  FunctionDescriptor.of(
                      ValueLayout.JAVA_LONG, INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG));
      long count;
      while ((count = (long) read.invokeExact(socket, octets, 4096L)) > 0) {
        byte[] message = octets.asSlice(0, count).toArray(ValueLayout.JAVA_BYTE);
        received.add(new String(message, StandardCharsets.UTF_8));
      }
    } catch (Throwable broken) {
      throw new AssertionError(broken);
    }
  }

  /** Returns the lines of the next message. */
  public List<String> next() throws InterruptedException {
    String message = received.poll(60, TimeUnit.SECONDS);
    if (message == null) {
      throw new AssertionError("no message for 60 s");
    }
    return message.lines().toList();
  }

  /** Returns the lines of the next message whose first line fits; drops those before. */
  public List<String> next(Predicate<String> first) throws InterruptedException {
    List<String> lines = next();
    while (!first.test(lines.getFirst())) {
      lines = next();
    }
    return lines;
  }

  /** Returns the number of messages that nobody has read. */
  public int unread() {
    return received.size();
  }

  @Override
  public void close() throws Exception {
    try {
      int _ = (int) function("shutdown", INT, INT).invokeExact(socket, SHUTDOWN_READ);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }
}
